// A handheld on the platform, the size of a phone: it checks, sells a seat for cash to
// whoever has none, and checks that one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { day, person } from "./sale.mjs";

const station = "130102SJZ";
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

test("a seat is sold on the handheld and passes there", async () => {
  const page = await stage.page("phone");
  await page.goto(`${stage.urls.gate}?station=${station}&gate=`);
  await page.locator("#verdict.idle").waitFor();
  assert.ok(await fits(page), "the gate fits");
  await stage.axe(page);
  await stage.shot(page, "handheld-1-gate");
  await page.click(".links .hand");
  await page.locator("html[data-ready]").waitFor();
  await page.locator("#to").pressSequentially("bd", { delay: 45 });
  await page.keyboard.press("Enter");
  await page.locator("#departures table").waitFor();
  if ((await page.locator("#departures tr[data-link]").count()) === 0) {
    await page.fill("#day", day(1)); // late in the evening the next coach is tomorrow's
    await page.locator("#departures tr[data-link]").first().waitFor();
  }
  assert.ok(await fits(page), "the list fits");
  await stage.axe(page);
  await stage.shot(page, "handheld-2-list");
  await page.locator("#departures tr[data-link] a").first().click();
  await page.locator("#sale").waitFor();
  const who = person();
  await page.fill("#p0_number", who.number);
  await page.fill("#p0_name", who.name);
  assert.ok(await fits(page), "the sale fits");
  await stage.axe(page);
  await stage.shot(page, "handheld-3-sale");
  await page.click("#sale button[data-main]");
  await page.locator("#given").waitFor();
  assert.ok(await fits(page), "the payment fits");
  await stage.axe(page);
  await stage.shot(page, "handheld-4-pay");
  await page.click(".cash button[data-main]");
  await page.waitForURL(/sold=/);
  await stage.shot(page, "handheld-5-sold");
  await page.goto(`${stage.urls.gate}?station=${station}&gate=`);
  await page.fill("#code", who.number);
  await page.click(".kinds button[type=submit]");
  await page.locator("#verdict[data-light=green]").waitFor();
  await stage.shot(page, "handheld-6-green");
  await page.context().close();
});
