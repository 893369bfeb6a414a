// The same pages in English and on a small phone: nothing overflows, axe is
// content, and the pictures are there to be looked at.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { person, sell, soonest } from "./sale.mjs";

const [from, to] = ["130102SJZ", "130606BD"];
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

// fits fails when a page is wider than its screen.
async function fits(page) {
  const screen = page.viewportSize().width; // innerWidth grows with what overflows on a phone
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= screen, `${page.url()} is ${wide} wide on a screen of ${screen}`);
}

test("English on a phone of 320 pixels", async () => {
  const page = await stage.page("small", { locale: "en-GB" });
  const next = await soonest(stage.urls.api, from, to, "online"); // windows sell longer
  const day = next.id.split("-")[1];
  for (const [name, path] of [
    ["search", "/passenger"],
    ["list", `/passenger/departures?from_code=${from}&to_code=${to}&day=${day}`],
    ["night", `/passenger/departures?from_code=${from}&to_code=130123ZD&day=${day}`],
    ["find", "/passenger/find"],
    ["departure", `/passenger/departures/${next.id}?from=${from}&to=${to}`],
  ]) {
    await page.goto(stage.urls.url + path);
    await fits(page);
    await stage.axe(page);
    await stage.shot(page, `english-${name}`);
  }
  const who = person();
  await page.fill("#p0_name", who.name);
  await page.fill("#p0_number", who.number);
  await page.click(".pay-bar button");
  await page.locator(".clock").waitFor();
  await fits(page);
  await stage.axe(page);
  await stage.shot(page, "english-hold");
  await page.click("summary:has-text('Give up')");
  await stage.shot(page, "english-give-up");
  await page.click("text=Yes, give up");
  await page.locator("h1:has-text('Given up')").waitFor();
  await stage.shot(page, "english-given-up");
  await page.context().close();
});

test("English at the window and the gate", async () => {
  const page = await stage.page("window", { viewport: { width: 1024, height: 768 }, locale: "en-GB" });
  const one = await sell(stage.urls.api);
  for (const [name, path] of [
    ["window", `/window?station=${from}&to_code=${to}&day=${one.departure.id.split("-")[1]}`],
    ["sale", `/window/sale/${one.departure.id}?from=${from}&to=${to}`],
    ["order", `/window/o/${one.order}`],
    ["refund", `/window/o/${one.order}/refund`],
    ["board", "/window/board"],
    ["manifest", `/window/departures/${one.departure.id}`],
    ["gate", `/gate?station=${from}&gate=`],
    ["staff", "/staff"],
    ["missing", "/no/such/page"],
  ]) {
    await page.goto(stage.urls.url + path);
    await fits(page);
    await stage.axe(page);
    await stage.shot(page, `english-${name}`);
  }
  await page.context().close();
});
