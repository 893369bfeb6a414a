// The wallet: a ticket is kept on the phone because its owner said so, opens
// without a network, says how old it is, and is let go after the journey.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { at, hold, pay } from "./phone.mjs";
import { person } from "./sale.mjs";

let stage;
before(async () => (stage = await start(process.env.CHEPIAO ? { command: [process.env.CHEPIAO, "demo", "--listen", "127.0.0.1:0", "--print-json"] } : {})));
after(() => stage.stop());

/** What the wallet holds, by path. */
const held = (page) => page.evaluate(async () => (await (await caches.open("chepiao-vouchers-1")).keys()).map((r) => new URL(r.url).pathname));
/** Says something to the wallet as the pages do. */
const tell = (page, wish) =>
  page.evaluate(async (w) => {
    const { active } = await navigator.serviceWorker.getRegistration("/passenger");
    const answer = new MessageChannel();
    return new Promise((done) => ((answer.port1.onmessage = (e) => done(e.data)), active.postMessage(w, [answer.port2])));
  }, wish);

test("a kept ticket opens without a network, and goes after the journey", async () => {
  const page = await stage.page("phone");
  const who = person();
  const order = await hold(stage, page, { people: [who] });
  assert.deepEqual(await held(page), [], "an unpaid order is not kept");
  await pay(page, order);
  await page.locator("[data-keep-ask]:visible").waitFor();
  assert.deepEqual(await held(page), [], "nothing is kept before the owner says so");
  assert.equal(await page.evaluate(() => localStorage.getItem("chepiao.orders")), null);
  await stage.axe(page);
  await page.click("[data-keep-yes]");
  await page.locator("[data-kept-says]:visible").waitFor();
  assert.deepEqual(await held(page), [new URL(order).pathname]);
  const kept = await page.evaluate(() => JSON.stringify(localStorage));
  assert.ok(!kept.includes(who.number) && !kept.includes(who.name), "the phone remembers no document and no name");

  await page.goto(at(stage, "/passenger/orders"));
  await page.locator(".kept-order").waitFor();
  await stage.axe(page);
  await stage.shot(page, "wallet-1-orders");
  await page.context().setOffline(true);
  await page.click(".kept-order");
  await page.locator(".code svg").waitFor();
  const banner = page.locator("#kept");
  await banner.waitFor();
  assert.match(await banner.textContent(), /没有网络。这是 \d+-\d+ \d\d:\d\d 保存/);
  assert.ok(!(await page.textContent("body")).includes(who.number));
  await stage.axe(page);
  await stage.shot(page, "wallet-2-offline");
  await page.goto(at(stage, "/passenger")); // the search cannot work: the tickets are shown
  await page.waitForURL(/\/passenger\/orders$/);
  await page.locator(".kept-order").waitFor();
  await stage.shot(page, "wallet-3-offline-orders");
  await assert.rejects(page.goto(at(stage, "/window")), "pages for staff are not the wallet's");

  await page.context().setOffline(false);
  await page.goto(order);
  await page.locator(".code svg").waitFor();
  assert.equal(await banner.isVisible(), false, "with a network the page is fresh");
  await tell(page, { kind: "keep", link: new URL(order).pathname, until: Date.now() - 1, assets: [] }); // as if the journey were over
  await page.goto(at(stage, "/passenger"));
  assert.deepEqual(await held(page), [], "after the journey the voucher is let go");
  await page.context().close();
});

test("a refunded ticket is not kept, and what is kept can be removed", async () => {
  const page = await stage.page("phone");
  const order = await hold(stage, page, { nth: 1 });
  await pay(page, order);
  await page.click("[data-keep-yes]");
  await page.locator("[data-kept-says]:visible").waitFor();
  await page.click("[data-keep-drop]");
  await page.waitForFunction(async () => (await (await caches.open("chepiao-vouchers-1")).keys()).length === 0);
  await page.click("[data-keep-yes]");
  await page.locator("[data-kept-says]:visible").waitFor();
  await page.click("a[href$='/refund']");
  await page.click("#refund button[type=submit]");
  await page.waitForURL(order);
  await page.waitForFunction(async () => (await (await caches.open("chepiao-vouchers-1")).keys()).length === 0);
  await page.goto(at(stage, "/passenger/orders"));
  await page.locator(".kept-order").waitFor(); // the link stays: money comes back
  await page.click("[data-orders-clear]");
  await page.locator("[data-none]:visible").waitFor();
  assert.equal(await page.evaluate(() => localStorage.getItem("chepiao.keep")), null);
  await page.waitForFunction(async () => (await caches.keys()).length === 0);
  await page.context().close();
});

test("who says no is not asked again, and nothing is kept", async () => {
  const page = await stage.page("phone");
  const order = await hold(stage, page, { nth: 2 });
  await pay(page, order);
  await page.click("[data-keep-no]");
  await page.reload();
  await page.locator(".code svg").waitFor();
  assert.equal(await page.locator("[data-keep-ask]").isVisible(), false);
  assert.equal(await page.evaluate(() => localStorage.getItem("chepiao.orders")), null);
  assert.deepEqual(await held(page), []);
  await page.context().close();
});
