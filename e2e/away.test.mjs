// The node dies while a coach is on its way: whoever loads the desk anew, or opens another
// tab, has the emergency manifest in one press, with its age in large letters. What lies
// on the machine cannot be read as names, and is gone when it is not to be there.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { sell } from "./sale.mjs";

const station = "130102SJZ";
let stage, sold;
before(async () => (stage = await start()));
after(() => stage.stop());

async function post(path, body) {
  const r = await fetch(`${stage.urls.api}${path}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(r.ok, `${path} ${r.status} ${await r.clone().text()}`);
  return r.json();
}

/** Everything that this browser keeps for the site, as one text; what is sealed as its bytes. */
const everything = (page) =>
  page.evaluate(async () => {
    const all = [JSON.stringify({ ...localStorage }), JSON.stringify({ ...sessionStorage })];
    for (const name of await caches.keys()) {
      const shelf = await caches.open(name);
      for (const r of await shelf.keys()) all.push(await (await shelf.match(r)).text());
    }
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise((done) => (indexedDB.open(name).onsuccess = (e) => done(e.target.result)));
      for (const store of db.objectStoreNames) {
        const rows = await new Promise((done) => (db.transaction(store).objectStore(store).getAll().onsuccess = (e) => done(e.target.result)));
        for (const row of rows) {
          all.push(JSON.stringify(row, (k, v) => (k === "text" ? new TextDecoder().decode(v) : v)));
          if (row instanceof CryptoKey) all.push(`key extractable=${row.extractable}`);
        }
      }
      db.close();
    }
    return all.join("\n");
  });

/** A page that notes what it would print. */
async function open(context, path) {
  const page = await context.newPage();
  await page.addInitScript(() => (globalThis.print = () => (globalThis.printed = document.querySelector("#emergency[open]")?.innerText)));
  await page.goto(`${stage.urls.url}${path}`);
  await page.locator("html[data-ready]").waitFor();
  return page;
}

/** Whether a key or a sealed manifest is kept. That a desk had a coach open is no secret. */
const keeps = async (page) => /key extractable|"iv":/.test(await everything(page));

/** Signs out as the desk's button does, and waits for the sign-in. */
async function signOut(page) {
  const out = page.waitForNavigation();
  await page.evaluate(() => {
    const form = Object.assign(document.createElement("form"), { method: "post", action: "/staff/out" });
    document.body.append(form);
    form.requestSubmit();
  });
  await out;
}

test("whoever signs out leaves nothing behind", async () => {
  sold = await sell(stage.urls.api);
  await post("/checks", { station, document: { kind: "resident_id", number: sold.who.number } });
  const page = await stage.page("window");
  const desk = async () => {
    await page.goto(`${stage.urls.url}/desk?station=${station}`);
    await page.waitForFunction(() => Number(document.getElementById("emergency")?.dataset.sealed) > 0);
    const kept = await everything(page);
    assert.match(kept, /key extractable=false/);
    assert.match(kept, /"iv":/);
  };
  await desk();
  await signOut(page);
  assert.ok(!(await keeps(page)), "no key, no copies");

  await desk();
  const other = await page.context().newPage(); // as slow as a disk can be: the desk does not wait for it
  await other.goto(`${stage.urls.url}/`);
  await other.evaluate(async (hold) => {
    const db = await new Promise((done) => (indexedDB.open("chepiao-emergency").onsuccess = (e) => done(e.target.result)));
    const key = db.transaction(["key", "copies"], "readwrite").objectStore("key");
    const until = Date.now() + hold;
    const again = () => Date.now() < until && (key.count().onsuccess = again);
    again();
  }, 2_500);
  await signOut(page);
  const late = Date.now() + 10_000;
  while (Date.now() < late && (await keeps(page)));
  assert.ok(!(await keeps(page)), "no key, no copies, though the disk was slow");
  await page.context().close();
});

test("one press after a reload, with the node gone", async () => {
  sold = await sell(stage.urls.api);
  await post("/checks", { station, document: { kind: "resident_id", number: sold.who.number } });
  const first = await stage.page("window");
  const context = first.context();
  const desk = await open(context, `/desk?station=${station}`);
  await desk.locator("#emergency[data-sealed]").waitFor({ state: "attached" });
  assert.ok(Number(await desk.getAttribute("#emergency", "data-sealed")) > 0, "copies are kept");
  await desk.locator("html[data-away=ready]").waitFor();
  await desk.evaluate(() => navigator.serviceWorker.ready);
  const kept = await everything(desk);
  assert.match(kept, /key extractable=false/);
  assert.match(kept, /emergency-title/, "the page for that hour is kept");
  assert.ok(!kept.includes(sold.who.name) && !kept.includes("欧阳") && !kept.includes(sold.who.number), "nobody's name can be read in what is kept");

  const gate = await stage.page("gate"); // a gate keeps them, too; a handheld does not
  await gate.goto(`${stage.urls.url}/gate?station=${station}&gate=7`);
  await gate.waitForFunction(() => Number(document.body.dataset.sealed) > 0);
  await gate.locator("html[data-away=ready]").waitFor();
  await gate.evaluate(() => navigator.serviceWorker.ready);
  const hand = await stage.page("phone");
  await hand.goto(`${stage.urls.url}/gate?station=${station}&gate=7`);
  await hand.locator("#level[data-level=live]").waitFor();

  await stage.crash();
  await gate.locator(".links a[href^='/emergency']").click();
  await gate.locator(`[data-take="${sold.departure.id}"]`).waitFor();
  assert.ok(!(await everything(hand)).includes("key extractable"), "a handheld keeps none");
  await desk.reload();
  await desk.locator("#away").waitFor();
  const button = desk.locator(`[data-take="${sold.departure.id}"]`);
  await button.waitFor();
  await stage.axe(desk);
  await stage.shot(desk, "away-list");
  await button.click();
  const list = desk.locator("#emergency[open]");
  await list.locator(`tbody tr:has-text("${sold.who.name}")`).waitFor();
  const paper = await desk.evaluate(() => globalThis.printed);
  assert.match(paper, /截至\s*\d\d:\d\d/, "printed with its age");
  assert.ok(paper.includes(sold.who.name) && paper.includes(sold.departure.number));
  assert.ok(!paper.includes(sold.who.number.slice(-4)), "a kept copy has no documents, not even masked ones");
  assert.ok((await list.locator(".as-of b").evaluate((e) => parseFloat(getComputedStyle(e).fontSize))) >= 28, "its age stands in large letters");
  await stage.axe(desk);
  await stage.shot(desk, "away-manifest");

  // On paper nobody is missing: what is printed is a part of the page, not a dialog that a browser cuts.
  await desk.evaluate(() => dispatchEvent(new Event("beforeprint")));
  await desk.emulateMedia({ media: "print" });
  const sheet = desk.locator("#paper");
  await sheet.locator("[data-as-of]:visible").waitFor();
  assert.equal(await sheet.locator("tbody tr:visible").count(), await desk.evaluate(() => document.querySelectorAll('#emergency tbody tr').length));
  assert.ok(await sheet.locator(`tr:has-text("${sold.who.name}")`).isVisible());
  assert.equal(await desk.locator("main:visible, #emergency:visible").count(), 0, "nothing lies over it");
  await desk.evaluate(() => dispatchEvent(new Event("afterprint")));
  await desk.emulateMedia({ media: null });
  assert.equal(await sheet.count(), 0);

  const tab = await open(context, "/emergency"); // another tab of that machine
  await tab.locator(`[data-take="${sold.departure.id}"]`).waitFor();

  // Its time over, nothing is left.
  await tab.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 13 * 3_600_000;
  });
  await tab.locator("[data-none-kept]").waitFor({ timeout: 15_000 });
  const rest = await everything(tab);
  assert.ok(!rest.includes("key extractable"), "the key went with the last copy");
  assert.match(rest, new RegExp(`${sold.departure.id}/emergency`), "that somebody looked is still to be told");
  await desk.keyboard.press("Escape");
  await desk.locator("[data-none-kept]").waitFor({ timeout: 15_000 });
  await context.close();
});
