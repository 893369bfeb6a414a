// A dispatcher works by keyboard: finds a departure on the board, delays it and
// takes that back, keeps seats back, stops a departure whose passengers then
// choose, puts two departures together. Nothing is done before it was seen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { day, person } from "./sale.mjs";

const [from, to] = ["130102SJZ", "130606BD"];
let stage, desk, list;
before(async () => {
  stage = await start();
  desk = `${stage.urls.url}/desk`;
  const url = `${stage.urls.api}/departures?from=${from}&to=${to}&day=${day(1)}&limit=100&channel=window`;
  list = (await (await fetch(url)).json()).departures.filter((d) => !d.why_not && d.kind === "fixed" && d.number.startsWith("JA17"));
  assert.ok(list.length >= 5, "enough departures tomorrow");
});
after(() => stage.stop());

const size = { viewport: { width: 1280, height: 800 } };
const small = { viewport: { width: 1024, height: 768 } };

async function post(path, body, headers = {}) {
  const r = await fetch(`${stage.urls.api}${path}`, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });
  return { status: r.status, body: await r.json() };
}

/** Sells a ticket on a departure for cash; the key leads to the passenger's page. */
async function sell(departure, seats) {
  const who = person();
  const passengers = [{ name: who.name, document: { kind: "resident_id", number: who.number }, phone: `139${String(Date.now()).slice(-8)}` }];
  const held = await post("/orders", { departure: departure.id, from, to, passengers, channel: "window", seats });
  if (held.status >= 300) return { refused: held.body, status: held.status };
  const { order } = held.body;
  const paid = await post(`/orders/${order.id}/pay`, { channel: "cash", amount: order.total });
  assert.ok(paid.status < 300, JSON.stringify(paid.body));
  return { order: order.id, key: order.key, ticket: order.tickets[0], who };
}

async function press(page, ...keys) {
  await page.locator("html[data-ready]").waitFor();
  for (const key of keys) await page.keyboard.press(key);
}

const row = (page, departure) => page.locator(`tr[data-id="${departure.id}"]`);
// focusOn waits for the page to put the cursor into a field: it does so when what it loaded is in place.
const focusOn = (page, id) => page.waitForFunction((id) => document.activeElement.id === id, id);


/** Previews what a form says, with Enter, and waits until it was seen. */
async function preview(page) {
  await page.keyboard.press("Enter");
  await page.locator("button[value=commit]").waitFor();
  await page.waitForFunction(() => document.activeElement.value === "commit");
}

test("a delay: seen, done, shown on the board, taken back", async () => {
  const departure = list[0];
  const sold = await sell(departure);
  const page = await stage.page("window", size);
  await page.goto(`${desk}?station=${from}`);
  await press(page, "j", "j", "k");
  await stage.axe(page);
  await stage.shot(page, "desk-1-board");
  await press(page, "/");
  await page.keyboard.type(`${departure.number.toLowerCase()} bd`);
  await page.waitForFunction(() => [...document.querySelectorAll("tr[data-find]")].filter((r) => !r.hidden).length < 5);
  await stage.shot(page, "desk-2-filter");
  await page.goto(`${desk}/departures/${departure.id}`);
  await stage.axe(page);
  await stage.shot(page, "desk-3-departure");
  await press(page, "d");
  await page.waitForURL(/act\?kind=delay/);
  await page.locator("html[data-ready]").waitFor();
  await focusOn(page, "minutes");
  await stage.shot(page, "desk-4-delay");
  await page.keyboard.press("Enter");
  await page.locator("#minutes-note:not(:empty)").waitFor();
  await page.waitForFunction(() => document.activeElement.id === "minutes");
  await stage.shot(page, "desk-5-refused");
  await page.keyboard.type("30");
  await page.keyboard.press("Tab");
  await page.fill("#reason", "大雾");
  await page.focus("#reason");
  await preview(page);
  assert.match(await page.textContent("#preview"), new RegExp(sold.ticket.id));
  await stage.axe(page);
  await stage.shot(page, "desk-6-preview");
  await page.fill("#minutes", "45");
  assert.ok(await page.isDisabled("button[value=commit]"), "what was seen is old");
  await page.focus("#reason");
  await preview(page);
  await page.keyboard.press("Enter");
  await page.locator(".said").waitFor();
  await stage.axe(page);
  await stage.shot(page, "desk-7-done");

  await page.goto(`${desk}?station=${from}`);
  await row(page, departure).locator(".shift.late", { hasText: "+45" }).waitFor();
  await page.goto(`${stage.urls.url}/o/${sold.order}/${sold.key}`);
  assert.match(await page.textContent("main"), new RegExp(later(departure.departs, 45)), "the passenger sees the new time");

  await page.goBack();
  await page.goto(`${desk}/act?kind=delay&d=${departure.id}&minutes=0&reason=${encodeURIComponent("雾散")}`);
  await page.focus("#reason");
  await preview(page);
  await page.keyboard.press("Enter");
  await page.locator(".said").waitFor();
  await page.goto(`${desk}?station=${from}`);
  assert.equal(await row(page, departure).locator(".shift").count(), 0);
  await page.context().close();
});

const later = (when, minutes) => new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit" }).format(new Date(when).getTime() + minutes * 60_000);

test("fog: several departures at once, from the board", async () => {
  const page = await stage.page("window", size);
  await page.goto(`${desk}?station=${from}`);
  for (const d of list.slice(3, 5)) await row(page, d).locator("input").check();
  const looked = page.waitForResponse((r) => r.url().includes("/desk") && r.request().headers()["hx-request"] === "true");
  await page.evaluate(() => document.getElementById("board").dispatchEvent(new Event("refresh")));
  await looked;
  await page.waitForFunction(() => document.querySelectorAll("#board tbody input:checked").length === 2); // a fresh board keeps what was picked
  await page.evaluate(() => document.querySelector("#board .list").scrollTo(0, 0)); // no row half under the heads, whatever the hour
  await stage.axe(page);
  await stage.shot(page, "desk-8-several");
  await press(page, "s");
  await page.waitForURL(/kind=stop_sale/);
  assert.equal(await page.locator(".on li").count(), 2);
  await page.locator("html[data-ready]").waitFor();
  await page.keyboard.type("大雾");
  await preview(page);
  await page.keyboard.press("Enter");
  await page.locator(".said").waitFor();
  assert.equal((await sell(list[3])).status, 409, "its sale is stopped");
  await page.context().close();
});

test("seats are kept back: nobody can buy them until they come back", async () => {
  const departure = list[1];
  const page = await stage.page("window", size);
  await page.goto(`${desk}/act?kind=reserve&d=${departure.id}&station=${from}`);
  await page.locator("html[data-ready]").waitFor();
  for (const n of [31, 32]) await page.click(`[data-pick-seats] [data-seat="${n}"]`);
  assert.equal(await page.inputValue("#seats"), "31 32");
  await page.check("input[value=manual]");
  await page.fill("#reason", "团体留座");
  await page.focus("#reason");
  await preview(page);
  await stage.axe(page);
  await stage.shot(page, "desk-9-reserve");
  await page.keyboard.press("Enter");
  await page.locator(".said").waitFor();
  const no = await sell(departure, [31]);
  assert.equal(no.status, 409);
  assert.equal(no.refused.reason, "SEAT_TAKEN");
  await press(page, "Escape");
  await page.locator('.s-reserved[data-seat="31"]').waitFor();
  await stage.axe(page);
  await stage.shot(page, "desk-10-seats");
  await press(page, "f");
  await page.locator("#seats").waitFor();
  await page.fill("#seats", "31-32");
  await page.fill("#reason", "团体取消");
  await page.focus("#reason");
  await preview(page);
  await page.keyboard.press("Enter");
  await page.locator(".said").waitFor();
  assert.equal((await sell(departure, [31])).ticket.seat, 31);
  await page.context().close();
});

test("a departure is stopped after the sale: its passengers choose", async () => {
  const departure = list[2];
  const [one, two] = [await sell(departure), await sell(departure)];
  const page = await stage.page("window", size);
  await page.goto(`${desk}/act?kind=cancel&d=${departure.id}&station=${from}`);
  await page.locator("html[data-ready]").waitFor();
  await page.fill("#reason", "车辆故障");
  await page.focus("#reason");
  await preview(page);
  await stage.axe(page);
  await stage.shot(page, "desk-11-cancel");
  await page.keyboard.press("Enter");
  await page.locator(".said").waitFor();

  const phone = await stage.page("phone");
  await phone.goto(`${stage.urls.url}/o/${one.order}/${one.key}`);
  assert.match(await phone.textContent("main"), /全额退票/, "the passenger's page shows the choices");
  await stage.shot(phone, "desk-12-passenger");
  await phone.context().close();

  await page.goto(`${desk}/cases?departure=${departure.id}`);
  assert.equal(await page.locator("tr[data-link]").count(), 2);
  await stage.axe(page);
  await stage.shot(page, "desk-13-cases");
  await page.locator("tr[data-link] a").last().click();
  await stage.axe(page);
  await stage.shot(page, "desk-14-case");
  await page.locator("button[name=departure]").first().click();
  await page.locator(".said").waitFor();
  await page.goto(`${desk}/cases?departure=${departure.id}`);
  assert.equal(await page.locator("tr[data-link]").count(), 1);
  assert.ok(two.ticket.id);
  await page.goto(`${desk}?station=${from}`);
  await row(page, departure).locator(".ph-stopped").waitFor();
  await page.context().close();
});

test("two departures become one", async () => {
  const [source, target] = [list[0], list[1]];
  const sold = await sell(source);
  const page = await stage.page("window", size);
  await page.goto(`${desk}/act?kind=merge&d=${source.id}&station=${from}`);
  await page.locator("html[data-ready]").waitFor();
  await page.selectOption("#into", target.id);
  await page.fill("#reason", "客流不足");
  await page.focus("#reason");
  await preview(page);
  assert.match(await page.textContent("#preview"), new RegExp(target.number));
  await stage.axe(page);
  await stage.shot(page, "desk-15-merge");
  await page.keyboard.press("Enter");
  await page.locator(".said").waitFor();
  await page.goto(`${desk}/departures/${source.id}`);
  await page.locator(".ph-merged").first().waitFor();
  await page.goto(`${desk}/departures/${target.id}`);
  assert.match(await page.textContent(".people"), new RegExp(sold.who.name.slice(0, 1)));
  await stage.shot(page, "desk-16-merged");
  await page.context().close();
});

test("a vehicle and a driver are registered; what has lapsed is seen", async () => {
  const page = await stage.page("window", size);
  await page.goto(`${desk}/fleet`);
  await press(page, "v");
  await page.waitForFunction(() => document.activeElement.id === "v-plate");
  await page.keyboard.type("冀A70001");
  await page.fill("#v-seats", "49");
  for (const [kind, until] of [["road_permit", day(-1)], ["vehicle_permit", day(400)], ["insurance", day(12)], ["maintenance", day(90)]]) await page.fill(`#v-${kind}`, until);
  await stage.axe(page);
  await stage.shot(page, "desk-24-register");
  await page.keyboard.press("Enter");
  await page.waitForURL(/said=vehicle/);
  await press(page, "s");
  await page.waitForFunction(() => document.activeElement.id === "s-plate");
  await page.keyboard.type("冀A70001");
  await page.fill("#form", "LJ-1");
  await page.keyboard.press("Enter");
  await page.waitForURL(/said=safety/);
  await press(page, "d");
  await page.waitForFunction(() => document.activeElement.id === "no");
  await page.keyboard.type("D-7001");
  for (const kind of ["driver_permit", "qualification"]) await page.fill(`#d-${kind}`, day(700));
  await page.focus("#no");
  await page.keyboard.press("Enter");
  await page.waitForURL(/said=driver/);
  await page.locator("tbody b", { hasText: "D-7001" }).waitFor();
  const row = page.locator("tr", { hasText: "冀A70001" });
  assert.equal(await row.locator(".p-lapsed").count(), 1);
  assert.equal(await row.locator("td.p-soon").count(), 1);
  assert.equal(await row.locator(".no").count(), 1);
  await stage.axe(page);
  await stage.shot(page, "desk-25-fleet");
  await page.context().close();
});

test("papers, queues and messages, at the smaller size and in English", async () => {
  const page = await stage.page("window", { ...small, locale: "en-GB" });
  for (const [name, path] of [["17-board", `?station=${from}`], ["18-departure", `/departures/${list[1].id}`], ["19-fleet", "/fleet"], ["20-waitlist", "/waitlist"], ["21-calls", "/calls"], ["22-messages", `/messages?departure=${list[1].id}`], ["23-act", `/act?kind=reserve&d=${list[1].id}`]]) {
    await page.goto(desk + path);
    await page.locator("html[data-ready]").waitFor();
    await stage.axe(page);
    await stage.shot(page, `desk-${name}`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${path} fits 1024 pixels`);
  }
  await page.context().close();
});
