// A slow phone: every page of the passenger's weighs less than 100 kB on the
// wire and is usable within a second on Lighthouse's slow 4G (150 ms there and
// back, 1.6 Mbit/s) with a processor four times slower than this one.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { availableParallelism, loadavg } from "node:os";
import { start } from "./harness.mjs";
import { at, from, hold, pay, to } from "./phone.mjs";
import { day } from "./sale.mjs";

const bytesMax = 100_000;
const usableMax = 1_000; // ms

let stage;
before(async () => (stage = await start(process.env.CHEPIAO ? { command: [process.env.CHEPIAO, "demo", "--listen", "127.0.0.1:0", "--print-json"] } : {})));
after(() => stage.stop());

/** Opens a page as a phone that was never here: bytes on the wire, and ms until it can be used. */
async function weigh(address, cookies) {
  const page = await stage.page("phone");
  await page.context().addCookies(cookies);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Network.enable");
  await cdp.send("Network.emulateNetworkConditions", { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 });
  await cdp.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  let bytes = 0;
  const kinds = new Map();
  cdp.on("Network.responseReceived", (e) => kinds.set(e.requestId, e.type));
  cdp.on("Network.loadingFinished", (e) => {
    if (kinds.get(e.requestId) !== "Image") bytes += e.encodedDataLength;
  });
  await page.goto(address, { waitUntil: "load" });
  // Usable: drawn, and the scripts have run (they are deferred: before DOMContentLoaded ends).
  const usable = await page.evaluate(() => {
    const [nav] = performance.getEntriesByType("navigation");
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    return Math.max(nav.domContentLoadedEventEnd, paint?.startTime ?? 0);
  });
  assert.ok(await page.locator("main").isVisible());
  await page.context().close();
  return { bytes, usable: Math.round(usable) };
}

test("every page is light and soon usable on slow 4G", async () => {
  const page = await stage.page("phone");
  const list = at(stage, `/passenger/departures?from_code=${from}&to_code=${to}&day=${day(1)}`);
  await page.goto(list);
  const departure = await page.locator("a.offer:not(:has(.flow))").first().getAttribute("href");
  const order = await hold(stage, page, { nth: 3 });
  const pages = {
    search: at(stage, "/passenger"),
    list,
    departure: at(stage, departure),
    hold: order,
    orders: at(stage, "/passenger/orders"),
    find: at(stage, "/passenger/find"),
    guide: at(stage, `/guide/${from}`),
  };
  const table = [];
  const judge = async (name, address) => {
    // The best of some: this machine has other things to do, a slow phone does not.
    const tries = [];
    for (let i = 0; i < 4; i++) {
      tries.push(await weigh(address, await page.context().cookies()));
      if (tries.at(-1).usable < usableMax) break;
    }
    const best = tries.reduce((a, b) => (a.usable <= b.usable ? a : b));
    table.push({ page: name, ...best });
  };
  for (const [name, address] of Object.entries(pages)) await judge(name, address);
  await pay(page, order);
  await judge("ticket", order);
  await judge("refund", order + "/refund");
  await judge("rebook", order + "/rebook");
  console.table(table);
  // With two others at each core nothing can be said about a processor four times slower.
  const busy = loadavg()[0] > 2 * availableParallelism();
  if (busy) console.log(`the machine is busy (${loadavg()[0].toFixed(1)}): times are shown, not judged`);
  for (const { page: name, bytes, usable } of table) {
    assert.ok(bytes > 1_000, `${name}: nothing was counted`);
    assert.ok(bytes < bytesMax, `${name} weighs ${bytes} bytes`);
    if (!busy) assert.ok(usable < usableMax, `${name} is usable after ${usable} ms`);
  }
});
