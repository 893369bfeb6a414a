// A gate: a scanner that types sends codes and Enter, a reader types document
// numbers; the screen turns green, amber or red, says why in both languages and
// what the clerk does next. A voucher asks for its document, a supervisor may
// set a refusal aside, and a check can be taken back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { person, sell, sellFamily } from "./sale.mjs";

const station = "130102SJZ";
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

// answered does something and waits for the answer of that light.
async function answered(page, light, act) {
  await page.evaluate(() => (document.getElementById("verdict").dataset.old = ""));
  await act();
  await page.locator(`#verdict[data-light=${light}]:not([data-old])`).waitFor();
  return (await page.textContent("#verdict")).replace(/\s+/g, " ");
}

// scan types as a scanner does: into whatever has the focus.
const scan = (page, text, light) =>
  answered(page, light, async () => {
    await page.keyboard.type(text);
    await page.keyboard.press("Enter");
  });

const heard = (page) => page.evaluate(() => document.body.dataset.sound);

test("set up, scan, refuse, undo", async () => {
  const page = await stage.page("gate");
  await page.goto(stage.urls.gate);
  await stage.axe(page);
  await stage.shot(page, "gate-1-setup");
  await page.selectOption("#station", station);
  await page.click("button[type=submit]");
  await page.locator("#verdict.idle").waitFor();
  await stage.axe(page);
  await stage.shot(page, "gate-2-idle");

  const one = await sell(stage.urls.api);
  let says = await scan(page, one.who.number, "green");
  assert.match(says, new RegExp(`${one.seat} 号座`));
  assert.match(says, new RegExp(`Seat ${one.seat}`));
  assert.ok(says.includes(one.who.number.slice(-4)) && !says.includes(one.who.number) && !says.includes(one.who.name), "masked, with the last four");
  assert.equal(await heard(page), "pass");
  assert.equal(await page.evaluate(() => document.activeElement.id), "code", "ready for the next scan");
  assert.equal(await page.inputValue("#code"), "");
  await stage.axe(page);
  await stage.shot(page, "gate-3-green");

  says = await scan(page, one.code, "green");
  assert.match(says, /已通过/);
  assert.equal(await heard(page), "pass again");

  says = await scan(page, one.code.slice(0, 80) + (one.code[80] === "A" ? "B" : "A") + one.code.slice(81), "red");
  assert.equal(await heard(page), "stop");
  await stage.axe(page);
  await stage.shot(page, "gate-4-red");

  const two = await sell(stage.urls.api, { from: "130606BD", to: "130102SJZ" });
  says = await scan(page, two.who.number, "red");
  assert.match(says, /WRONG_STATION/);
  says = await scan(page, person().number, "red");
  assert.match(says, /NOT_FOUND/);
  await scan(page, "HELLO", "amber");
  await stage.axe(page);
  await stage.shot(page, "gate-5-amber");

  const three = await sell(stage.urls.api);
  await scan(page, three.who.number, "green");
  assert.equal(await page.locator("#history li").count(), 7);
  await page.locator(`[data-undo=${three.ticket}]`).click();
  await page.fill("#reason", "旅客离开");
  await stage.shot(page, "gate-6-undo");
  await page.click("#undo .danger");
  await page.locator("#verdict:has-text('已取消检票')").waitFor();
  await stage.shot(page, "gate-7-undone");
  says = await scan(page, three.who.number, "green");
  assert.match(says, new RegExp(`${three.seat} 号座`));
  await page.context().close();
});

test("a voucher asks for its document", async () => {
  const page = await stage.page("gate");
  await page.goto(`${stage.urls.gate}?station=${station}&gate=`);
  const [one, two, three] = [await sell(stage.urls.api), await sell(stage.urls.api), await sell(stage.urls.api)];

  let says = await scan(page, one.code, "amber");
  assert.match(says, /请出示证件.*NEED_ID/);
  assert.equal(await heard(page), "wait");
  await stage.axe(page);
  await stage.shot(page, "gate-8-document");
  says = await answered(page, "green", () => page.keyboard.press("F2"));
  assert.match(says, new RegExp(`${one.seat} 号座`));

  await scan(page, two.code, "amber"); // and the document on the reader
  says = await scan(page, two.who.number, "green");
  assert.match(says, new RegExp(`${two.seat} 号座`));

  await scan(page, three.code, "amber"); // somebody else's document: nobody is accused
  says = await scan(page, person().number, "red");
  assert.match(says, /请找工作人员/);
  assert.doesNotMatch(says, /MISMATCH|不符|冒用/);
  assert.equal(await heard(page), "stop");
  await stage.shot(page, "gate-9-see-the-staff");
  await scan(page, three.who.number, "green"); // good for its owner

  await page.goto(`${stage.urls.gate}/review?what=mismatch`);
  assert.match(await page.textContent("table"), new RegExp(three.ticket));
  await page.click("nav a >> text=全部");
  await page.locator("text=人工核验").first().waitFor();
  await stage.axe(page);
  await stage.shot(page, "gate-10-review");
  await page.context().close();
});

test("a supervisor sets a refusal aside", async () => {
  const page = await stage.page("gate");
  await page.goto(`${stage.urls.gate}?station=${station}&gate=99`);
  const one = await sell(stage.urls.api, { gated: true });
  let says = await scan(page, one.who.number, "amber");
  assert.match(says, /WRONG_GATE/);
  await page.keyboard.press("F8");
  await page.fill("#override-reason", "轮椅旅客");
  await stage.axe(page);
  await stage.shot(page, "gate-11-override");
  says = await answered(page, "green", () => page.click("#override .danger"));
  assert.match(says, new RegExp(`${one.seat} 号座`));
  await page.goto(`${stage.urls.gate}/review?what=overridden`);
  const row = await page.textContent(`tr:has-text("${one.ticket}")`);
  assert.match(row, /轮椅旅客/);
  assert.match(row, /WRONG_GATE/, "the document was read: only the gate was set aside");
  await page.context().close();
});

test("children pass with their adult", async () => {
  const page = await stage.page("gate");
  await page.goto(`${stage.urls.gate}?station=${station}&gate=`);
  const family = await sellFamily(stage.urls.api);
  let says = await scan(page, family.who.number, "green");
  assert.match(says, /1 位成人 1 名儿童/);
  await stage.axe(page);
  await stage.shot(page, "gate-12-children");
  says = await answered(page, "green", () => page.keyboard.press("F4"));
  assert.match(says, /儿童 1 人已通过/);
  await page.context().close();
});

test("one coach, and the waiting hall", async () => {
  const page = await stage.page("gate");
  await page.goto(`${stage.urls.gate}?station=${station}&gate=`);
  const one = await sell(stage.urls.api);
  const board = page.locator("#board tr", { hasNotText: one.departure.number }).locator(".bind").first();
  await board.click();
  await page.locator(".bound").waitFor();
  let says = await scan(page, one.who.number, "amber");
  assert.match(says, /WRONG_DEPARTURE/);
  await stage.axe(page);
  await stage.shot(page, "gate-13-one-coach");
  await page.goto(`${stage.urls.gate}?station=${station}&gate=&place=hall`);
  says = await scan(page, one.who.number, "green");
  assert.match(says, /候车/);
  await stage.shot(page, "gate-14-hall");
  await page.goto(`${stage.urls.gate}?station=${station}&gate=`);
  says = await scan(page, one.who.number, "green");
  assert.match(says, new RegExp(`${one.seat} 号座`));
  await page.context().close();
});

test("another gate says when and where a ticket passed", async () => {
  const [first, second] = [await stage.page("gate"), await stage.page("gate")];
  await first.goto(`${stage.urls.gate}?station=${station}&gate=`);
  await second.goto(`${stage.urls.gate}?station=${station}&gate=&lang=en`);
  const one = await sell(stage.urls.api);
  await scan(first, one.who.number, "green");
  await second.goto(`${stage.urls.gate}?station=${station}&gate=9`);
  const says = await scan(second, one.who.number, "red");
  assert.match(says, /ALREADY_USED/);
  await stage.shot(second, "gate-15-used-en");
  await first.context().close();
  await second.context().close();
});
