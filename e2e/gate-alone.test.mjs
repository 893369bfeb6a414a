// A gate that loses its node goes on by its own list: the same answers, nobody
// twice, also after a reload; what the list does not have a clerk confirms; and the
// node is told when it answers again.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { person, sell, sellFamily } from "./sale.mjs";

const station = "130102SJZ";
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

const level = (page, name) => page.locator(`#level[data-level=${name}]`).waitFor();

async function scan(page, text, light) {
  await page.evaluate(() => (document.getElementById("verdict").dataset.old = ""));
  await page.fill("#code", text);
  await page.press("#code", "Enter");
  await page.locator(`#verdict[data-light=${light}]:not([data-old])`).waitFor();
  return (await page.textContent("#verdict")).replace(/\s+/g, " ");
}

const look = (page) => page.evaluate(() => globalThis.gateAlone.look());

test("live, cut, list, signature, back", async () => {
  const page = await stage.page("gate");
  const [one, two, gone] = [await sell(stage.urls.api), await sell(stage.urls.api), await sell(stage.urls.api)];
  const gate = one.departure.gate ?? "";
  const address = `${stage.urls.gate}?station=${station}&gate=${encodeURIComponent(gate)}`;
  await page.goto(address);
  await level(page, "live");
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await page.reload(); // through the service worker: the page and the program are kept
  await level(page, "live");
  await scan(page, one.who.number, "green");
  const late = await sell(stage.urls.api); // the list does not have this one

  await page.context().setOffline(true);
  let says = await scan(page, two.who.number, gate === "" ? "amber" : "green");
  await level(page, "list");
  if (gate === "") {
    assert.match(says, /CONFIRM_ALONE/);
    await page.keyboard.press("F2");
    await page.locator("#verdict[data-light=green]").waitFor();
    says = await page.textContent("#verdict");
  }
  assert.match(says, new RegExp(`${two.seat} ?号座`));
  await stage.shot(page, "gate-alone-1-list");
  assert.equal(await page.getAttribute("#level", "data-waiting"), "1");
  says = await scan(page, person().number, "red");
  assert.match(says, /NOT_FOUND/);

  const again = await page.evaluate((code) => globalThis.gateAlone.decide({ code }, "x"), one.who.number);
  assert.ok(again.verdict.again || again.verdict.reason === "ALREADY_USED", "passed while the node was there, after the list was made");
  assert.equal(await page.getAttribute("#level", "data-waiting"), "1", "and not passed a second time");

  await scan(page, late.code, "amber");
  await level(page, "signature");
  await stage.shot(page, "gate-alone-2-signature");
  await page.keyboard.press("F2");
  await page.locator("#verdict[data-light=green][data-alone=signature]").waitFor();
  assert.equal(await page.getAttribute("#level", "data-waiting"), "2");

  await page.reload(); // without any network
  await page.locator("#level[data-waiting='2']").waitFor();
  await scan(page, gone.who.number, gate === "" ? "amber" : "green");

  await page.context().setOffline(false);
  await look(page);
  await level(page, "live");
  await page.locator("#level[data-waiting='0']").waitFor();
  for (const t of [two, late]) {
    const answered = await fetch(`${stage.urls.api}/tickets/${t.ticket}`);
    if (answered.ok) assert.match(JSON.stringify(await answered.json()), /checked/);
  }
  await page.goto(`${stage.urls.gate}/review?what=alone`);
  const list = await page.textContent("table");
  assert.ok(list.includes(late.ticket), "passed by its signature: somebody looks");
  await page.context().close();
});

test("a family, and a supervisor's word, while the node is away", async () => {
  const page = await stage.page("gate");
  const [family, moved] = [await sellFamily(stage.urls.api, { gated: true }), await sell(stage.urls.api, { gated: true })];
  await page.goto(`${stage.urls.gate}?station=${station}&gate=${encodeURIComponent(family.departure.gate ?? "")}`);
  await level(page, "live");
  await look(page);
  await page.context().setOffline(true);

 await scan(page, family.who.number, "green");
  await page.locator("#verdict [data-key=F4]").waitFor();
  await stage.shot(page, "gate-alone-3-family");
  await page.keyboard.press("F4");
  await page.locator("#verdict", { hasText: /儿童 1 人已通过/ }).waitFor();
  assert.equal(await page.getAttribute("#level", "data-waiting"), "2", "the adult and the child");

  await page.context().setOffline(false);
  await page.goto(`${stage.urls.gate}?station=${station}&gate=99`);
  await level(page, "live");
  await page.context().setOffline(true);
  const says = await scan(page, moved.who.number, "amber");
  assert.match(says, /WRONG_GATE/);
  await page.keyboard.press("F8");
  await page.locator("#override[open]").waitFor();
  assert.match(await page.textContent("#override-what"), new RegExp(moved.departure.number));
  await stage.shot(page, "gate-alone-4-override");
  await page.fill("#override-reason", "临时改由本口检票");
  await page.press("#override-reason", "Enter");
  await page.locator("#verdict[data-light=green][data-alone=list]").waitFor();
  await page.locator("#override:not([open])").waitFor({ state: "attached" });
  assert.equal(await page.getAttribute("#level", "data-waiting"), "1");
  assert.ok((await page.locator("#history li").count()) >= 2, "what was decided alone stands among the last passages");
  const again = await page.evaluate((code) => globalThis.gateAlone.decide({ code }, "x"), moved.who.number);
  assert.ok(again.verdict.again || again.verdict.reason === "ALREADY_USED");
  assert.equal(await page.getAttribute("#level", "data-waiting"), "1", "not a second time");

  await page.context().setOffline(false);
  await look(page);
  await page.locator("#level[data-level=live][data-waiting='0']").waitFor();
  for (const id of [...family.tickets, moved.ticket]) assert.match(JSON.stringify(await (await fetch(`${stage.urls.api}/tickets/${id}`)).json()), /checked/);
  await page.goto(`${stage.urls.gate}/review?what=alone`);
  assert.match(await page.textContent("table"), /临时改由本口检票/);
  await page.context().close();
});
