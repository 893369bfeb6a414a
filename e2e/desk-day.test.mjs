// A dispatcher's day: the board is filtered by state and keeps the focus while it looks
// at the node; what moving people to other seats does is seen as a picture first; where a
// newcomer finds the board of the hall and the emergency manifests.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { day, person } from "./sale.mjs";

const [from, to] = ["130102SJZ", "130606BD"];
const sizes = [{ width: 1366, height: 768 }, { width: 1024, height: 768 }];
let stage, desk, list, next;
before(async () => {
  stage = await start();
  desk = `${stage.urls.url}/desk`;
  const on = async (plus) => {
    const url = `${stage.urls.api}/departures?from=${from}&to=${to}&day=${day(plus)}&limit=100&channel=window`;
    return (await (await fetch(url)).json()).departures.filter((d) => !d.why_not && d.kind === "fixed" && d.number.startsWith("JA17") && d.free >= 49); // nobody has bought a seat
  };
  list = await on(1);
  assert.ok(list.length >= 3, "enough departures tomorrow");
  next = [...(await on(0)), ...list].find((d) => new Date(d.departs) - Date.now() > 40 * 60_000 && d !== list[0] && d !== list[1]); // stands on the board of the hall
});
after(() => stage.stop());

async function post(path, body) {
  const r = await fetch(`${stage.urls.api}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(r.ok, `${path} ${r.status} ${await r.clone().text()}`);
  return r.json();
}

async function sell(departure, ...seats) {
  const passengers = seats.map(() => person()).map((p) => ({ name: p.name, document: { kind: "resident_id", number: p.number }, phone: "13900001111" }));
  const { order } = await post("/orders", { departure: departure.id, from, to, passengers, channel: "window", seats });
  await post(`/orders/${order.id}/pay`, { channel: "cash", amount: order.total });
}

const ready = (page) => page.locator("html[data-ready]").waitFor();
/** The board looks at the node now. */
async function look(page) {
  const looked = page.waitForResponse((r) => r.url().includes("/desk") && r.request().headers()["hx-request"] === "true");
  await page.evaluate(() => {
    globalThis.old = document.getElementById("board");
    globalThis.old.dispatchEvent(new Event("refresh"));
  });
  await looked;
  await page.waitForFunction(() => document.getElementById("board") !== globalThis.old);
}

test("the board: filtered by state, refreshed under the hands, at two sizes, on paper", async () => {
  for (const viewport of sizes) {
    const page = await stage.page("window", { viewport });
    await page.goto(`${desk}?station=${from}&earlier=1`);
    await ready(page);
    const rows = page.locator("tr[data-id]:visible");
    const all = await rows.count();
    assert.ok(all >= 60, `${all} departures`);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `fits ${viewport.width}`);
    await stage.axe(page);
    await stage.shot(page, `day-board-${viewport.width}`);
    const state = page.locator("[data-state=checking]");
    const said = Number(await state.locator("b").textContent());
    await state.click();
    assert.equal(await rows.count(), said, "as many as the button says");
    await look(page);
    assert.equal(await rows.count(), said, "the filter stays");
    assert.equal(await page.evaluate(() => document.activeElement.dataset.state), "checking", "the focus stays on the button");
    await page.keyboard.press("!");
    assert.equal(await page.getAttribute("[data-state=alarm]", "aria-pressed"), "true");
    await page.keyboard.press("Escape");
    assert.equal(await rows.count(), all, "Escape shows all");
    await page.fill("#filter", "ja17");
    await page.evaluate(() => document.getElementById("filter").setSelectionRange(1, 2));
    await look(page);
    assert.deepEqual(await page.evaluate(() => [document.activeElement.id, document.activeElement.selectionStart, document.activeElement.selectionEnd]), ["filter", 1, 2], "whoever types goes on typing");
    await page.locator(".tabs a").nth(1).focus();
    await look(page);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.tab), "cases", "outside the board nothing takes the focus");
    await page.context().close();
  }
  const paper = await fetch(`${desk}/day?station=${from}`, { headers: { cookie: "" } });
  assert.equal(paper.headers.get("content-type"), "application/pdf");
});


test("who sits where: two departures become one, a smaller coach comes", async () => {
  const [source, target] = list;
  await sell(source, 1, 2, 7);
  await sell(target, 1, 2);
  const page = await stage.page("window");
  await page.goto(`${desk}/act?kind=merge&d=${source.id}&station=${from}`);
  await ready(page);
  await page.selectOption("#into", target.id);
  await page.fill("#reason", "客流不足");
  await page.locator('button[value="preview"]').click();
  await page.locator(".moves").waitFor();
  const [left, right] = [page.locator(".sides > div").first(), page.locator(".sides > div").last()];
  assert.equal(await left.locator(".s-goes").count(), 3, "three leave their coach");
  assert.equal(await right.locator(".s-came").count(), 3, "and are on the other");
  assert.equal(await right.locator(".s-sold").count(), 2, "where two sat already");
  const came = await right.locator(".s-came").evaluateAll((all) => all.map((s) => Number(s.dataset.seat)));
  assert.ok(!came.includes(1) && !came.includes(2), "nobody is put on a taken seat");
  await stage.axe(page);
  await stage.shot(page, "day-merge");

  await page.goto(`${desk}/act?kind=coach&d=${source.id}&station=${from}`);
  await ready(page);
  const types = await page.locator("#coach option").evaluateAll((all) => all.map((o) => [o.value, Number(o.textContent.match(/(\d+)/)?.[1] ?? 99)]).sort((a, b) => a[1] - b[1]));
  await sell(source, 40);
  await page.selectOption("#coach", types[0][0]);
  await page.fill("#reason", "换小车");
  await page.locator('button[value="preview"]').click();
  await page.locator(".moves").waitFor();
  assert.equal(await page.locator(".sides > div").first().locator(".s-goes, .s-left").count(), 1, "seat 40 is not there");
  assert.ok((await page.locator(".sides > div").last().locator("[data-seat]").count()) < (await page.locator(".sides > div").first().locator("[data-seat]").count()), "the coach is smaller");
  await stage.axe(page);
  await stage.shot(page, "day-coach");
});

test("a newcomer finds the board and the manifests; a screen has nothing to press and asks for a touch before it speaks", async () => {
  const page = await stage.page("window");
  await page.goto(stage.urls.url);
  await stage.axe(page);
  await page.locator('.doors a[href="/emergency"]').waitFor();
  await page.locator('.doors a[href="/desk"]').waitFor();
  await page.locator('.doors a[href="/board"]').click();
  await stage.axe(page);
  await page.locator(`a.screen[href="/board/${from}?screen=1"]`).waitFor();

  const screen = await stage.page("window", { viewport: { width: 1920, height: 1080 } });
  await screen.addInitScript(() => {
    globalThis.spoken = [];
    globalThis.touched = false;
    addEventListener("pointerdown", () => (globalThis.touched = true), { capture: true });
    const speak = (u) => queueMicrotask(() => (globalThis.touched ? (globalThis.spoken.push(u.text), u.onend?.()) : u.onerror?.({ error: "not-allowed" })));
    Object.defineProperty(globalThis, "speechSynthesis", { value: { speak, cancel() {} }, configurable: true });
  });
  const act = { kind: "delay", departures: [next.id], station: from, minutes: 20, reason: "大雾" };
  const { seen } = await post("/acts/preview", act);
  await post("/acts", { ...act, seen });
  await screen.goto(`${stage.urls.url}/board/${from}?screen=1&voice=1`);
  await ready(screen);
  assert.equal(await screen.locator("button:visible").count(), 0, "nothing to press");
  await screen.locator("#caption", { hasText: "请点一下屏幕" }).waitFor();
  await stage.axe(screen);
  await stage.shot(screen, "day-screen");
  await screen.mouse.click(900, 500);
  await screen.waitForFunction((n) => globalThis.spoken.some((t) => t.includes(n) && t.includes("晚点")), next.number);

  const hall = await stage.page("window", { viewport: sizes[1] });
  await hall.goto(`${desk}/hall?station=${from}`);
  await ready(hall);
  await hall.locator("summary", { hasText: "屏幕地址" }).click();
  await hall.locator(`.screens a[href*="gate="]`).first().waitFor();
  await stage.axe(hall);
  assert.ok(await hall.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
  await stage.shot(hall, "day-hall");
});
