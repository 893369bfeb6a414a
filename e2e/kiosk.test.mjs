// A self-service machine, upright and across: a whole purchase with an identity
// card on the reader and a phone that pays; a printer that jams after the payment; no
// paper; a reader that is pulled out; a refund; no network; and a customer who walks
// away, of whom nothing may stay. (Receipts are printed after a journey: web/kiosk.)
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { person } from "./sale.mjs";

const station = "130102SJZ";
const upright = { viewport: { width: 1080, height: 1920 }, hasTouch: true };
const across = { viewport: { width: 1280, height: 800 }, hasTouch: true };
let stage;
before(async () => {
  stage = await start();
  await act("printer", { do: "paper", left: 40 });
});
after(() => stage.stop());

// act does something to a simulated part of the kiosk.
async function act(part, what) {
  const r = await fetch(`${stage.urls.devices}/kiosk/${part}`, { method: "POST", body: JSON.stringify(what) });
  assert.equal(r.status, 204, await r.text());
}

const lay = async (who) => {
  await act("reader", { do: "put", other: { name: who.name, number: who.number, expires: "2035-05-20" } });
};
const take = () => act("reader", { do: "take" });

// slips are what has come out of the kiosk's printer.
async function slips() {
  const { posts } = await (await fetch(`${stage.urls.devices}/state`)).json();
  return (Array.isArray(posts) ? posts.find((p) => p.post === "kiosk") : posts.kiosk.printer).slips;
}

async function open(size, lang = "zh") {
  const page = await stage.page("window", { ...size, locale: lang === "en" ? "en-GB" : "zh-CN" });
  await page.goto(`${stage.urls.kiosk}?station=${station}&lang=${lang}`);
  await page.locator("html[data-ready]").waitFor();
  await page.locator(".door.buy, .closed").first().waitFor();
  return page;
}

// toPay walks from the start page to the code that a phone pays.
async function toPay(page, who, shot) {
  await page.click(".door.buy");
  await page.locator("#popular a").first().waitFor();
  await look(page, shot, "2-where");
  await page.locator(".letters .key", { hasText: /^B$/ }).click();
  await page.locator(".letters .key", { hasText: /^D$/ }).click();
  await page.locator("#places li:not([hidden]) a").first().click();
  await page.locator(".days").waitFor();
  await page.locator(".days a").nth(1).click(); // tomorrow: there is a coach at any hour
  await page.locator(".days a.on:nth-child(2)").waitFor();
  await look(page, shot, "3-list");
  await page.locator("a.coach").first().click();
  await page.locator("[data-take]").waitFor();
  await look(page, shot, "4-card");
  await lay(who);
  await page.locator(".person").waitFor();
  await take();
  assert.ok(!(await page.locator("main").innerText()).includes(who.number), "the screen shows no number in full");
  await look(page, shot, "5-who");
  await page.click(".go");
  await page.locator(".pay").waitFor();
  if (!(await page.locator(".scan svg").count())) await page.locator(".ways button.way-sandbox").click();
  await page.locator(".scan svg").waitFor();
  await look(page, shot, "6-pay");
}

// pay does what the phone does: the newest charge of the practice wallet is paid.
async function pay() {
  const charges = await (await fetch(`${stage.urls.wallet}/control/charges`)).json();
  const open = charges.find((c) => c.state === "pending");
  const r = await fetch(`${stage.urls.wallet}/control/charges/${open.id}/outcome`, { method: "POST", body: JSON.stringify({ outcome: "success" }) });
  assert.ok(r.ok, await r.text());
}

async function look(page, shot, name) {
  await stage.axe(page);
  await fits(page);
  if (shot) await stage.shot(page, `kiosk-${shot}-${name}`);
}

// fits: nothing is wider than the screen, and nothing to touch is lower than 64 pixels.
async function fits(page) {
  const small = await page.evaluate(() => {
    if (document.documentElement.scrollWidth > innerWidth) return "the page is wider than the screen";
    for (const e of document.querySelectorAll("main a, main button, header button, header a.tool, input:not([type=hidden]):not([type=checkbox])")) {
      const { height, width } = e.getBoundingClientRect();
      if (width && height < 63.5) return `${e.outerHTML.slice(0, 120)} is ${height} pixels high`;
    }
    return "";
  });
  assert.equal(small, "");
}

for (const [name, size] of [["upright", upright], ["across", across]]) {
  test(`a whole purchase by card, ${name}`, async () => {
    const page = await open(size);
    await look(page, name, "1-start");
    const before = (await slips()).length;
    const who = person();
    const addresses = new Set([new URL(page.url()).pathname]);
    page.on("framenavigated", (f) => addresses.add(new URL(f.url()).pathname));
    await toPay(page, who, name);
    await pay();
    await page.locator('#slip[data-state="done"]').waitFor();
    await look(page, name, "7-sold");
    assert.match(await page.locator(".board").innerText(), /检票口[\s\S]*开车/);
    assert.equal((await slips()).length, before + 1, "one slip comes out");
    await page.reload();
    await page.locator(".door.buy").waitFor();
    assert.equal((await slips()).length, before + 1, "loading again prints nothing");
    assert.deepEqual([...addresses], ["/kiosk"], "the address never changes");
    await page.context().close();
  });
}

test("a jam after the payment: the ticket stands, and the slip is printed later", async () => {
  const page = await open(upright);
  const who = person();
  await toPay(page, who);
  await act("printer", { do: "stick", text: "jam" });
  const before = (await slips()).length;
  await pay();
  await page.locator('#slip[data-state="failed"]').waitFor({ timeout: 60_000 });
  await page.locator("#kept:not([hidden])").waitFor();
  assert.match(await page.locator("#kept").innerText(), /凭身份证即可乘车/);
  await look(page, "jam", "1");
  await act("printer", { do: "clear" });
  await page.locator('header [data-do="end"]').click();
  await page.locator(".door.buy").waitFor();
  await page.waitForTimeout(1500);
  assert.equal((await slips()).filter((s) => !s.torn).length, before, "the slip does not come out for the next customer");

  const next = await open(across);
  await lay(who);
  await next.locator("a.coach").waitFor();
  await take();
  assert.match(await next.locator("a.coach").innerText(), /凭证未打印/);
  await look(next, "jam", "2-mine");
  await next.locator("a.coach").click();
  await next.locator('[data-print="voucher"]').click();
  await next.locator('#slip[data-state="done"]').waitFor();
  await page.context().close();
  await next.context().close();
});

test("out of paper is said before the money; a reader pulled out leaves the keys", async () => {
  const page = await open(across);
  await act("printer", { do: "paper", left: 0 });
  await page.locator("[data-noprint]:not([hidden])").waitFor();
  await look(page, "paper", "1-start");
  await act("reader", { do: "plug", on: false });
  await page.click(".door.buy");
  await page.locator("a.coach, #popular a").first().waitFor();
  await page.locator("#popular a").first().click();
  await page.locator(".days a").nth(1).click();
  await page.locator(".days a.on:nth-child(2)").waitFor();
  await page.locator("a.coach").first().click();
  await page.locator("[data-noprint]:not([hidden])").waitFor();
  await page.locator("[data-noreader]:not([hidden])").waitFor();
  await look(page, "paper", "2-noreader");
  await page.click('[value="type.resident_id"]');
  const who = person();
  for (const c of who.number) await page.locator(".board .key", { hasText: new RegExp(`^${c}$`) }).click();
  assert.equal(await page.inputValue("#new_number"), who.number);
  for (const c of "WANG") await page.locator(".board .key", { hasText: new RegExp(`^${c}$`) }).click();
  await look(page, "paper", "3-typed");
  await page.click("[data-enter]");
  await page.locator(".person").waitFor();
  await page.click(".go");
  await page.locator(".pay").waitFor();
  await page.locator("[data-noprint]:not([hidden])").waitFor();
  await page.locator("form[action$=release] button").click();
  await page.locator("#popular a").first().waitFor();
  await act("reader", { do: "plug", on: true });
  await act("printer", { do: "paper", left: 40 });
  await page.context().close();
});

test("a refund with the exact amount", async () => {
  const page = await open(upright);
  const who = person();
  await toPay(page, who);
  await pay();
  await page.locator('#slip[data-state="done"]').waitFor();
  await page.locator('a[href$="/refund"]').click();
  await page.locator("#refund .sums").waitFor();
  await look(page, "refund", "1");
  const back = (await page.locator(".sums .strong dd").innerText()).trim();
  assert.match(back, /^¥\d+\.\d\d$/);
  await page.locator(".pick input").click();
  await page.locator("#refund button[type=submit]:disabled").waitFor();
  await page.locator(".pick input").click();
  await page.locator("#refund button[type=submit]:enabled").waitFor();
  await page.click("#refund button[type=submit]");
  await page.locator(".st-refunded").waitFor();
  await look(page, "refund", "2-done");
  await page.context().close();
});

test("who walks away leaves nothing", async () => {
  const page = await open(across);
  const who = person();
  await toPay(page, who);
  await page.locator("form[action$=release] button").click();
  await page.locator("#popular a").first().waitFor();
  const history = await page.evaluate(() => history.length);
  await page.evaluate(() => (document.documentElement.dataset.pace = "0.05"));
  await page.locator("#still[open]").waitFor();
  await stage.axe(page);
  await stage.shot(page, "kiosk-wipe-1-still");
  await page.locator('#still [data-do="stay"]').click();
  await page.locator("#still:not([open])").waitFor({ state: "attached" });
  assert.equal(await page.locator("#popular a").count() > 0, true, "whoever stays goes on where they were");
  await page.locator("#still[open]").waitFor();
  await page.locator(".door.buy").waitFor({ timeout: 40_000 });
  const left = async () => {
    const text = await page.evaluate(() => document.documentElement.outerHTML + JSON.stringify({ ...sessionStorage }) + JSON.stringify({ ...localStorage }) + document.cookie);
    const cookies = JSON.stringify(await page.context().cookies());
    for (const one of [who.number, who.name, "visit"]) assert.ok(!(text + cookies).includes(one), `${one} is still there`);
  };
  await left();
  assert.equal(await page.evaluate(() => history.length), history, "the history has grown");
  for (const way of ["goBack", "goForward", "goBack"]) {
    await page[way]().catch(() => null);
    if (!page.url().startsWith("http")) break; // the empty page that the browser began with
    await left();
  }
  await page.context().close();
});

test("looked after: a shift with paper, a lock that passengers see", async () => {
  const page = await open(across);
  await page.goto(`${stage.urls.url}/staff?next=/kiosk/operator`);
  await page.locator("button", { hasText: "刘敏" }).or(page.locator("button", { hasText: "4001" })).first().click();
  await page.waitForURL(/kiosk\/operator/);
  await page.locator("form[action$=open]").waitFor();
  await page.click("form[action$=open] button");
  await page.locator("form[action$=close]").waitFor();
  await page.click('[data-do="test"]');
  await page.locator('#slip[data-state="done"]').waitFor();
  await stage.axe(page);
  await stage.shot(page, "kiosk-operator");
  await page.click("form[action$=lock] button");
  await page.locator("form[action$=lock] button.primary").waitFor();
  const other = await open(upright);
  await other.locator(".closed").waitFor();
  await look(other, "locked", "1");
  await page.click("form[action$=lock] button");
  await page.locator("form[action$=lock] button.warn").waitFor();
  await other.locator(".door.buy").waitFor({ timeout: 20_000 });
  await page.context().close();
  await other.context().close();
});

test("no network is said on a clear page, until it is back", async () => {
  const page = await open(across);
  await page.context().setOffline(true);
  await page.click(".door.buy");
  await page.locator("#offline:not([hidden])").waitFor();
  await stage.axe(page);
  await stage.shot(page, "kiosk-offline");
  await page.context().setOffline(false);
  await page.locator("#offline").waitFor({ state: "hidden" });
  await page.click(".door.buy");
  await page.locator("#popular a").first().waitFor();
  await page.context().close();
});

test("in English, in large print", async () => {
  const page = await open(across, "en");
  await page.click('[data-do="large"]');
  await look(page, "english", "1-start");
  await page.click(".door.buy");
  await page.locator("#popular a").first().waitFor();
  await look(page, "english", "2-where");
  await page.context().close();
});
