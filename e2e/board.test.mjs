// What those who wait see and hear: the board of the hall at the size of a big screen
// and on a phone, above one gate, old when nobody answers, in full pages that turn, and
// its voice.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { sell } from "./sale.mjs";

const station = "130102SJZ";
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

const wall = { viewport: { width: 1920, height: 1080 } };

test("the board of the hall: what leaves next, in two languages, on pages that fit", async () => {
  const page = await stage.page("window", wall);
  await page.goto(`${stage.urls.url}/board/${station}`);
  await page.locator("html[data-ready]").waitFor();
  const rows = page.locator("#board tbody tr:visible");
  assert.ok((await rows.count()) >= 3, "departures are shown");
  assert.equal(await page.evaluate(() => document.documentElement.scrollHeight <= innerHeight), true, "a page fits the screen");
  assert.match(await page.locator("#board tbody tr").first().innerText(), /\d\d:\d\d/);
  await stage.axe(page);
  await stage.shot(page, "board-hall");
});

const asked = { "content-type": "application/json" };
async function post(path, body) {
  const r = await fetch(`${stage.urls.api}${path}`, { method: "POST", headers: asked, body: JSON.stringify(body) });
  assert.ok(r.ok, `${path} ${r.status} ${await r.clone().text()}`);
  return r.json();
}

test("the emergency manifest in one press, and from the page's memory when nobody answers", async () => {
  const sold = await sell(stage.urls.api);
  const verdict = await post("/checks", { station, document: { kind: "resident_id", number: sold.who.number } });
  assert.equal(verdict.verdict?.pass ?? verdict.pass, true, JSON.stringify(verdict));
  const page = await stage.page("window");
  await page.goto(`${stage.urls.url}/desk?station=${station}`);
  await page.locator("html[data-ready]").waitFor();
  await page.locator("#emergency[data-kept]").waitFor({ state: "attached" });
  assert.notEqual(await page.getAttribute("#emergency", "data-kept"), "0");
  const button = page.locator(`[data-emergency="${sold.departure.id}"]`);
  await button.click();
  const list = page.locator("#emergency[open]");
  await list.locator(`tbody tr:has-text("${sold.who.name}")`).waitFor();
  assert.ok(!(await list.innerText()).includes(sold.who.number), "the document is masked");
  await stage.axe(page);
  await stage.shot(page, "board-emergency");
  await page.keyboard.press("Escape");

  await page.context().setOffline(true);
  await button.click();
  await list.locator("[data-old]:visible").waitFor();
  await list.locator(`tbody tr:has-text("${sold.who.name}")`).waitFor();
  await stage.shot(page, "board-emergency-offline");
  const told = page.waitForResponse((r) => r.url().endsWith("/emergency") && r.request().method() === "POST" && r.request().postData().includes("read="), { timeout: 30_000 });
  await page.context().setOffline(false);
  assert.equal((await told).status(), 200);
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage) + JSON.stringify(sessionStorage)).then((kept) => kept.includes("欧阳")), false, "nothing is stored");
});

/** The board asks now, as it does when the network is back. */
const look = (page) => page.evaluate(() => dispatchEvent(new Event("online")));

test("the hall hears a delay once, and what the dispatcher writes; a sign that hears nothing says how old it is", async () => {
  const desk = await stage.page("window");
  const hall = await stage.page("window", wall);
  // What would be heard is written down in place of a voice.
  await hall.addInitScript(() => {
    globalThis.spoken = [];
    const voice = { speak: (u) => (globalThis.spoken.push(u.text), queueMicrotask(() => u.onend?.())), cancel() {} };
    Object.defineProperty(globalThis, "speechSynthesis", { value: voice, configurable: true });
  });
  await hall.goto(`${stage.urls.url}/board/${station}?voice=1`);
  await hall.locator("html[data-ready]").waitFor();
  const sold = await sell(stage.urls.api);
  const act = { kind: "delay", departures: [sold.departure.id], station, minutes: 35, reason: "大雾" };
  const seen = await post("/acts/preview", act);
  await post("/acts", { ...act, seen: seen.seen });
  const row = hall.locator(`tr[data-id="${sold.departure.id}"]`);
  await look(hall);
  await row.locator("s").waitFor({ state: "attached", timeout: 15_000 }); // the planned time is struck out
  await hall.waitForFunction((n) => globalThis.spoken.some((t) => t.includes(n) && t.includes("晚点")) && globalThis.spoken.some((t) => t.includes("delayed")), sold.departure.number);
  const times = (await hall.evaluate(() => globalThis.spoken)).filter((t) => t.includes(`${sold.departure.number} 次班车晚点`)).length;
  await hall.reload();
  await hall.locator("html[data-ready]").waitFor();
  assert.equal(times, 1, "said once");
  assert.equal((await hall.evaluate(() => globalThis.spoken)).filter((t) => t.includes("次班车晚点")).length, 0, "not again after a reload");
  await stage.shot(hall, "board-delayed");

  await desk.goto(`${stage.urls.url}/desk/hall?station=${station}`);
  await stage.axe(desk);
  await desk.fill("#zh", "请拾到钱包的旅客与服务台联系");
  await desk.fill("#en", "If you found a purse please come to the desk");
  await desk.click(".hall-words button");
  await desk.locator("#hall:has-text('请拾到钱包')").waitFor();
  await stage.shot(desk, "board-desk-hall");
  await look(hall);
  await hall.waitForFunction(() => globalThis.spoken.some((t) => t.includes("钱包")), undefined, { timeout: 15_000 });

  await hall.evaluate(() => (document.getElementById("board").dataset.good = "1"));
  await hall.context().setOffline(true);
  await hall.locator("#stale:visible").waitFor();
  await stage.axe(hall);
  await stage.shot(hall, "board-stale");
  await hall.context().setOffline(false);
  await hall.evaluate(() => (document.getElementById("board").dataset.good = "60"));
  await hall.locator("#stale").waitFor({ state: "hidden", timeout: 15_000 });

  const phone = await stage.page("phone");
  await phone.goto(`${stage.urls.url}/board/${station}`);
  await phone.locator("html[data-ready]").waitFor();
  assert.equal(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, "fits a phone");
  await stage.axe(phone);
  await stage.shot(phone, "board-phone");
});

test("departures are assigned to gates together, with a warning where two would board at once", async () => {
  const page = await stage.page("window");
  await page.goto(`${stage.urls.url}/desk/gates?station=${station}`);
  await page.locator("html[data-ready]").waitFor();
  const rows = page.locator(".gate-grid tbody tr[data-id]");
  assert.ok((await rows.count()) >= 3);
  const last = await rows.count();
  const ids = [await rows.nth(last - 1).getAttribute("data-id"), await rows.nth(last - 2).getAttribute("data-id")];
  await page.fill("#more", "21");
  await page.locator("form.tools button").click();
  for (const id of ids) await page.check(`input[name="g-${id}"][value="21"]`);
  await page.fill("#reason", "检票口检修");
  await page.click('button[value="preview"]');
  await page.locator("#preview").waitFor();
  await stage.axe(page);
  await stage.shot(page, "board-gates");
  await page.click('button[value="commit"]');
  await page.locator(".said").waitFor();
  const feed = await (await fetch(`${stage.urls.api}/board/${station}?gate=21&hours=24&limit=100`)).json();
  assert.deepEqual(feed.departures.map((d) => d.id).sort(), ids.filter((id) => feed.departures.some((d) => d.id === id)).sort());
  const { departures } = await (await fetch(`${stage.urls.api}/board/${station}?hours=24&limit=100`)).json();
  for (const d of departures) if (ids.includes(d.id)) assert.equal(d.gate, "21");
});
