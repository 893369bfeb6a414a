// A gate: a scanner that types sends codes and Enter, a clerk types ticket and
// document numbers; the screen turns green, amber or red, says why in both
// languages, and a check can be taken back.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { person, sell } from "./sale.mjs";

const station = "130102SJZ";
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

// scan types as a scanner does: into whatever has the focus.
async function scan(page, text, light) {
  await page.evaluate(() => (document.getElementById("verdict").dataset.old = ""));
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
  await page.locator(`#verdict[data-light=${light}]:not([data-old])`).waitFor();
  return (await page.textContent("#verdict")).replace(/\s+/g, " ");
}

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
  let says = await scan(page, one.code, "green");
  assert.match(says, new RegExp(`${one.seat} 号座`));
  assert.match(says, new RegExp(`Seat ${one.seat}`));
  assert.ok(says.includes(one.who.number.slice(-4)) && !says.includes(one.who.number) && !says.includes(one.who.name), "masked, with the last four");
  assert.equal(await page.evaluate(() => document.body.dataset.sound), "green");
  assert.equal(await page.evaluate(() => document.activeElement.id), "code", "ready for the next scan");
  assert.equal(await page.inputValue("#code"), "");
  await stage.axe(page);
  await stage.shot(page, "gate-3-green");

  says = await scan(page, one.code, "green");
  assert.match(says, /已通过/);
  assert.equal(await page.evaluate(() => document.body.dataset.sound), "green again");

  says = await scan(page, one.code.slice(0, 80) + (one.code[80] === "A" ? "B" : "A") + one.code.slice(81), "red");
  assert.match(says, /BAD_QR|TAMPERED/);
  await stage.axe(page);
  await stage.shot(page, "gate-4-red");

  const two = await sell(stage.urls.api, { from: "130606BD", to: "130102SJZ" });
  says = await scan(page, two.ticket, "red");
  assert.match(says, /WRONG_STATION/);

  const three = await sell(stage.urls.api);
  says = await scan(page, three.who.number, "green");
  assert.match(says, new RegExp(`${three.seat} 号座`));
  says = await scan(page, person().number, "red");
  assert.match(says, /NOT_FOUND/);
  says = await scan(page, "HELLO", "amber");
  await stage.axe(page);
  await stage.shot(page, "gate-5-amber");

  assert.equal(await page.locator("#history li").count(), 7);
  await page.locator(`[data-undo=${three.ticket}]`).click();
  await page.fill("#reason", "旅客离开");
  await stage.shot(page, "gate-6-undo");
  await page.click("#undo .danger");
  await page.locator("#verdict:has-text('已取消检票')").waitFor();
  await stage.shot(page, "gate-7-undone");
  says = await scan(page, three.ticket, "green");
  assert.match(says, new RegExp(`${three.seat} 号座`));
  await page.context().close();
});

test("another gate says when and where a ticket passed", async () => {
  const [first, second] = [await stage.page("gate"), await stage.page("gate")];
  await first.goto(`${stage.urls.gate}?station=${station}&gate=`);
  await second.goto(`${stage.urls.gate}?station=${station}&gate=&lang=en`);
  const one = await sell(stage.urls.api);
  await scan(first, one.code, "green");
  await second.goto(`${stage.urls.gate}?station=${station}&gate=9`);
  const says = await scan(second, one.code, "red");
  assert.match(says, /ALREADY_USED/);
  await stage.shot(second, "gate-8-used-en");
  await first.context().close();
  await second.context().close();
});
