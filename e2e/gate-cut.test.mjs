// Thirty minutes without the node at two gates, hundreds of scans: a page that crashes,
// a disk that is full and a clock that is hours wrong lose nobody; nobody passes twice but
// whom clerks let through at both, and those are tasks afterwards.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { day, person } from "./sale.mjs";

const station = "130102SJZ";
const coach = 40; // passengers of each of the two departures
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

async function ask(path, body) {
  const r = await fetch(`${stage.urls.api}${path}`, body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(r.ok, `${path}: ${r.status} ${await r.clone().text()}`);
  return r.json();
}

// coaches are two departures with different gates and room enough, and one that comes
// through and has no gate of its own here.
async function coaches() {
  const found = [];
  let through;
  for (const plus of [0, 1]) {
    const { departures } = await ask(`/departures?from=${station}&to=130606BD&day=${day(plus)}&limit=100&channel=window`);
    for (const d of departures) {
      const good = !d.why_not && d.kind === "fixed" && new Date(d.departs) - Date.now() > 20 * 60_000;
      if (good && !d.gate && d.free >= 10) through ??= d;
      if (good && d.gate && d.free >= coach + 5 && !found.some((f) => f.gate === d.gate)) found.push(d);
    }
  }
  assert.ok(found.length > 1 && through, "two departures at two gates, and one without");
  await sooner(through);
  return [found[0], found[1], through];
}

// sooner puts a departure forward that leaves too late for the gates' lists of today.
async function sooner(departure) {
  const by = Math.ceil((new Date(departure.departs) - Date.now()) / 60_000) - 9 * 60;
  if (by <= 0) return;
  const { stops } = await ask(`/departures/${departure.id}/operations`);
  const act = { kind: "delay", departures: [departure.id], station: stops[0].station.code, minutes: -by, reason: "改点" };
  const { seen } = await ask("/acts/preview", act);
  await ask("/acts", { ...act, seen });
}

// fill sells a coach in parties of five: the tickets and their documents.
async function fill(departure, many = coach) {
  const sold = [];
  while (sold.length < many) {
    const people = Array.from({ length: 5 }, () => person(departure.id.length % 2 ? "19790514" : "19820623"));
    const passengers = people.map((p) => ({ name: p.name, document: { kind: "resident_id", number: p.number } }));
    const { order } = await ask("/orders", { departure: departure.id, from: station, to: "130606BD", passengers, channel: "window" });
    await ask(`/orders/${order.id}/pay`, { channel: "cash", amount: order.total });
    order.tickets.forEach((t, i) => sold.push({ ticket: t.id, number: people[i].number }));
  }
  return sold;
}

const level = (page, name) => page.locator(`#level[data-level=${name}]`).waitFor();
const waiting = (page, n) => page.locator(`#level[data-waiting='${n}']`).waitFor();

// stand opens a gate's page and has the browser keep it. skew: hours that its machine's clock is wrong.
async function stand(gate, skew = 0) {
  const page = await stage.page("gate");
  if (skew) {
    await page.context().addInitScript((ms) => {
      const now = Date.now;
      Date.now = () => now() + ms;
    }, skew * 3_600_000);
  }
  await page.goto(`${stage.urls.gate}?station=${station}&gate=${encodeURIComponent(gate)}`);
  await level(page, "live");
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await page.reload();
  await level(page, "live");
  return page;
}

// scans has the page decide about many, as fast as it can: what it said of each.
const scans = (page, list, more = {}) =>
  page.evaluate(
    async ([numbers, more]) => {
      const said = [];
      for (const code of numbers) {
        const a = await globalThis.gateAlone.decide({ code, ...more }, crypto.randomUUID());
        said.push({ pass: a.verdict.pass && !a.verdict.again, light: a.verdict.light, reason: a.verdict.reason });
      }
      return said;
    },
    [list.map((t) => t.number), more],
  );
const passed = (said) => said.filter((s) => s.pass).length;

// count is what the screen of a gate without its node says of a departure: how many have
// passed, how many should.
async function count(page, departure) {
  await page.evaluate(() => {
    document.getElementById("alone").dataset.most = "500"; // all that leaves, however busy the day
    return globalThis.gateAlone.look();
  });
  return (await page.textContent(`#board tr[data-run="${departure.id}"] .count`)).split("/").map(Number);
}

test("cut off at two gates: hundreds of scans, a crash, a full disk, a wrong clock", async () => {
  const [d1, d2, through] = await coaches();
  const [one, two, last, shared] = [await fill(d1), await fill(d2), await fill(d1, 5), await fill(through, 5)];
  let a = await stand(d1.gate);
  const b = await stand(d2.gate, 5);
  const home = a.url();
  const c = await stage.page("gate"); // its disk is full from the beginning
  const disk = await c.context().newCDPSession(c);
  await disk.send("Storage.overrideQuotaForOrigin", { origin: new URL(home).origin, quotaSize: 1 });
  await c.goto(home);
  await c.waitForFunction(() => document.body.dataset.loaded !== undefined); // it has its list
  await c.context().setOffline(true);
  for (const page of [a, b]) {
    await page.context().setOffline(true);
    await page.evaluate(() => globalThis.gateAlone.look());
    await level(page, "list");
  }

  assert.equal(passed(await scans(a, one.slice(0, 25))), 25, "the first 25 pass at their gate");
  await waiting(a, 25);
  assert.equal(passed(await scans(a, one.slice(0, 25))), 0, "and not again");

  // The page crashes; the next one, without any network, knows who has passed.
  const old = a;
  const crash = await old.context().newCDPSession(old);
  crash.send("Page.crash").catch(() => undefined);
  await new Promise((done) => old.once("crash", done));
  a = await old.context().newPage();
  await old.close();
  await a.goto(home);
  await waiting(a, 25);
  assert.equal(passed(await scans(a, one.slice(0, 25))), 0, "nobody passes twice after a crash");

  const before = await count(a, d1);
  assert.equal(passed(await scans(a, one)), coach - 25, "the rest pass");
  assert.deepEqual(await count(a, d1), [before[0] + coach - 25, before[1]], "the counting goes on without the node, over a crash");
  assert.ok(before[0] >= 25 && before[1] >= coach + 5, String(before));

  // The other gate, whose clock is five hours wrong, has its own departure.
  assert.equal(passed(await scans(b, two)), coach);
  for (let i = 0; i < 2; i++) assert.equal(passed(await scans(b, two)), 0);
  // Of the other departure a gate passes nobody; of one that boards at any gate only whom
  // a clerk has looked at, and so three pass at both.
  const foreign = await scans(a, two);
  assert.ok(foreign.every((s) => !s.pass && s.light === "amber" && s.reason === "WRONG_GATE"), JSON.stringify(foreign[0]));
  for (const page of [a, b]) {
    const asked = await scans(page, shared);
    assert.ok(asked.every((s) => !s.pass && s.reason === "CONFIRM_ALONE"), JSON.stringify(asked[0]));
    assert.equal(passed(await scans(page, shared.slice(0, 3), { seen: "resident_id" })), 3);
  }
  await a.locator("#level", { hasText: "3" }).waitFor(); // how many may be double is on the screen
  await stage.shot(a, "gate-cut-1-many");

  // At a third the disk is full: nobody passes, in words.
  const full = await scans(c, last);
  assert.ok(full.every((s) => !s.pass && s.reason === "FULL"), JSON.stringify(full));
  await stage.shot(c, "gate-cut-2-full");

  // Back: both tell, each passage once. The workers that died with the crashed page are
  // woken first: Chromium leaves them asleep, and Playwright would wait for them.
  await a.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).forEach((r) => r.active?.postMessage("")));
  for (const page of [a, b]) await page.context().setOffline(false);
  for (const page of [a, b]) {
    await page.evaluate(() => globalThis.gateAlone.look());
    await waiting(page, 0);
    await level(page, "live");
  }
  for (const t of [...one, ...two, ...shared.slice(0, 3)]) {
    const { ticket } = await ask(`/tickets/${t.ticket}`);
    assert.equal(ticket.state, "checked", t.ticket);
  }
  await a.goto(`${stage.urls.gate}/review?what=alone`);
  const tasks = await a.textContent("main");
  for (const t of shared.slice(0, 3)) assert.ok(tasks.includes(t.ticket), `${t.ticket} may have passed twice: a task`);
  assert.ok(!tasks.includes(one[0].ticket) && !tasks.includes(two[5].ticket) && !tasks.includes(shared[4].ticket), "nobody else is one");
  await stage.shot(a, "gate-cut-3-tasks");
  await a.context().close();
  await b.context().close();
  await c.context().close();
});
