// The opening of sales in a real browser: a crowd comes before this passenger,
// who waits, reloads, opens a second tab, is called and buys; a friend with the
// same place does not.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { sizes, start } from "./harness.mjs";
import { day, person } from "./sale.mjs";

const from = "130102SJZ";
const to = "130606BD";
let stage;
let trip; // a departure on sale, behind the room
let later; // one of the day that goes on sale at the next midnight

async function ask(path, body, headers = {}) {
  const r = await fetch(`${stage.urls.api}${path}`, { method: body ? "POST" : "GET", headers: { "content-type": "application/json", ...headers }, body: body && JSON.stringify(body) });
  return { status: r.status, body: await r.json(), retry: r.headers.get("retry-after") };
}

before(async () => {
  stage = await start(process.env.CHEPIAO ? { command: [process.env.CHEPIAO, "demo", "--listen", "127.0.0.1:0", "--print-json"] } : {});
  const set = await ask("/rules/sheets", { scope: "national", reason: "春运开售", values: { room: true, room_before: 86400, room_lasts: 864000, room_rate: 3, room_least: 3, room_good: 120 } });
  assert.equal(set.status, 201, JSON.stringify(set.body));
  const list = await ask(`/departures?from=${from}&to=${to}&day=${day(3)}&limit=100`);
  trip = list.body.departures.find((d) => !d.why_not && d.kind === "fixed");
  later = trip.id.replace(/-\d+$/, `-${day(8).replaceAll("-", "")}`);
});
after(() => stage.stop());

const place = (departure) => ask("/waiting-room", { departure, from, to });
const hold = (who, headers) => ask("/orders", { departure: trip.id, from, to, passengers: [{ name: who.name, document: { kind: "resident_id", number: who.number } }] }, headers);

test("a passenger waits in line, keeps the place and is called", async () => {
  let last;
  for (let i = 0; i < 60; i++) last = await place(trip.id);
  assert.equal(last.body.state, "waiting");
  const early = await hold(person(), { "waiting-place": last.body.place });
  assert.equal(early.status, 429);
  assert.equal(early.body.reason, "WAIT_FOR_TURN");
  assert.ok(Number(early.retry) > 0);

  const page = await stage.page("phone");
  const departure = new URL(`/passenger/departures/${trip.id}?from=${from}&to=${to}`, stage.urls.url).href;
  await page.goto(departure);
  await page.waitForURL(/\/passenger\/room\//);
  const ahead = () => page.locator(".room-big b").innerText().then(Number);
  const first = await ahead();
  const number = () => page.locator(".room-facts dd").first().innerText();
  const mine = await number();
  assert.ok(first > 10, `${first} are ahead`);
  await stage.shot(page, "room-1-waiting");
  await stage.axe(page);
  const tab = await page.context().newPage();
  await tab.goto(page.url());
  await tab.reload();
  assert.equal(await tab.locator(".room-facts dd").first().innerText(), mine, "another tab has the same number");
  await tab.close();
  await page.waitForFunction((n) => Number(document.querySelector(".room-big b").textContent) < n - 3, first); // htmx asks again
  assert.equal(await number(), mine);
  await page.locator(".room-says", { hasText: "预计" }).waitFor({ timeout: 20_000 });
  await stage.shot(page, "room-2-estimate");
  const small = await stage.page("small", { locale: "en-GB", storageState: await page.context().storageState() });
  await small.goto(page.url());
  await stage.shot(small, "room-3-small-en");
  await stage.axe(small);

  await page.waitForURL(/\/passenger\/departures\//, { timeout: 60_000 }); // the turn has come
  await page.locator(".your-turn", { hasText: "轮到您了" }).waitFor();
  await stage.shot(page, "room-4-turn");
  await stage.axe(page);
  const who = person();
  await page.fill("#p0_name", who.name);
  await page.fill("#p0_number", who.number);
  await page.click(".pay-bar button[type=submit]");
  await page.waitForURL(/\/o\//);

  // A friend who was given the cookie comes too late.
  const cookie = (await page.context().cookies(departure)).find((c) => c.name.startsWith("place-"));
  assert.ok(cookie.httpOnly);
  const friend = await hold(person(), { "waiting-place": cookie.value });
  assert.equal(friend.body.because.rule, "room_holds");
  await page.goto(new URL(`/passenger/room/${trip.id}?from=${from}&to=${to}`, stage.urls.url).href);
  await page.getByText("排队号已失效").first().waitFor();
  await stage.shot(page, "room-5-used");
  await stage.axe(page);
});

test("without scripts the page asks again by itself", async () => {
  for (let i = 0; i < 60; i++) await place(trip.id);
  const context = await stage.browser.newContext({ ...sizes.phone, javaScriptEnabled: false, locale: "zh-CN" });
  const page = await context.newPage();
  await page.goto(new URL(`/passenger/departures/${trip.id}?from=${from}&to=${to}`, stage.urls.url).href);
  const before = Number(await page.locator(".room-big b").innerText());
  assert.ok(before > 5);
  await page.waitForEvent("load", { timeout: 15_000 });
  assert.ok(Number(await page.locator(".room-big b").innerText()) < before, "the refreshed page shows the same line");
  await context.close();
});

test("the lobby counts down to the opening", async () => {
  const page = await stage.page("phone");
  await page.goto(new URL(`/passenger/departures/${later}?from=${from}&to=${to}`, stage.urls.url).href);
  await stage.shot(page, "room-6-closed");
  await page.getByText("提前取号排队").click();
  await page.waitForURL(/\/passenger\/room\//);
  await page.locator(".room-big time").waitFor();
  await stage.shot(page, "room-7-lobby");
  await stage.axe(page);
});
