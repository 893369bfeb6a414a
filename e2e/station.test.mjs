// The cable between the hub and a station is pulled. The station's window sells what
// the station holds, says when that is sold, its gate checks, it refunds; the hub
// sells the rest. The cable is plugged in: both are level, no seat is sold twice, and
// doctor finds nothing on either side.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { start } from "./harness.mjs";
import { person, sell, soonest } from "./sale.mjs";

const program = process.env.CHEPIAO ?? fileURLToPath(new URL("../bin/chepiao", import.meta.url));
const [from, to] = ["130402HD", "130502XT"];
let stage, home, hub, station, stopped;
before(async () => {
  home = await mkdtemp(join(tmpdir(), "chepiao-station-"));
  stage = await start({ command: [program, "demo", "--stations", "--listen", "127.0.0.1:0", "--print-json", "--keep", join(home, "hub")] });
  hub = stage.urls.api;
  station = `${stage.urls.station}/api/v1`;
});
after(async () => {
  if (!stopped) await stage.stop();
  await rm(home, { recursive: true, force: true });
});

// until asks again until the answer is there; what it was last says why not.
async function until(what, ask) {
  let last;
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    last = await ask();
    if (last) return last;
    await new Promise((r) => setTimeout(r, 100));
  }
  assert.fail(`${what}: not within 20 s`);
}

// ticketAt is a ticket as a node knows it; null where it does not.
async function ticketAt(api, id) {
  const r = await fetch(`${api}/tickets/${id}`);
  return r.ok ? r.json() : null;
}

// sellAll sells the seats of a departure one by one until there are none: the seats,
// and the words of the refusal.
async function sellAll(api, departure) {
  const seats = [];
  for (;;) {
    const who = person();
    const passengers = [{ name: who.name, document: { kind: "resident_id", number: who.number } }];
    const r = await fetch(`${api}/orders`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ departure, from, to, passengers, channel: "window" }) });
    const said = await r.json();
    if (!r.ok) return { seats, said };
    const { order } = said;
    const paid = await fetch(`${api}/orders/${order.id}/pay`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ channel: "cash", amount: order.total }) });
    assert.equal(paid.status, 200);
    seats.push(order.tickets[0].seat);
  }
}

test("cut off, a station sells, checks and refunds; joined again, both are level", async () => {
  const cable = await stage.page("window");
  const window = await stage.page("window");
  const gate = await stage.page("gate");
  const tomorrow = await until("the station gets its first seats", () => soonest(station, from, to, "window", [1]).catch(() => null));
  const sold = await sell(hub, { from, to }); // its ticket goes to where its passenger boards
  await until("the ticket comes to its station", () => ticketAt(station, sold.ticket));
  const both = await sell(station, { from, to, days: [1] });
  await until("the hub hears of the station's sale", () => ticketAt(hub, both.ticket));
  await cable.goto(stage.urls.cable);
  await cable.locator("#state[data-hub=reached]").waitFor();
  await stage.shot(cable, "station-1-plugged");

  await cable.click("button"); // pulled
  await cable.locator("#state[data-hub=cut]").waitFor();
  await stage.shot(cable, "station-2-pulled");

  // The window, at the station's own address.
  const who = person();
  await window.goto(`${stage.urls.station}/window/sale/${tomorrow.id}?from=${from}&to=${to}&station=${from}`);
  await window.locator(".notice.node.off").waitFor();
  await window.locator("html[data-ready]").waitFor();
  await window.fill("#p0_number", who.number);
  await window.fill("#p0_name", who.name);
  await window.keyboard.press("F8");
  await window.locator("#given").waitFor();
  await window.locator("html[data-ready]").waitFor();
  await window.waitForFunction(() => document.activeElement.id === "given");
  await window.keyboard.press("F8"); // counted exactly
  await window.waitForURL(/sold=/);
  await until("the bar counts the sale that waits for the hub", async () => {
    await window.goto(`${stage.urls.station}/desk`);
    return /断网 · 自 .*更新于 .*待发往省级平台 [1-9]/s.test(await window.textContent(".notice.node.off"));
  });
  assert.equal(await window.locator("text=选择值班车站").count(), 0, "a station's node knows which station it is");
  await stage.axe(window);
  await stage.shot(window, "station-3-cut");

  // Its own seats only, and words when they are sold.
  const here = await sellAll(station, tomorrow.id);
  assert.equal(here.said.reason, "SOLD_OUT");
  assert.match(JSON.stringify(here.said), /本站持有的座位已售完，其余座位由省级平台持有/);
  await window.goto(`${stage.urls.station}/window/sale/${tomorrow.id}?from=${from}&to=${to}&station=${from}`);
  await window.getByText("本站持有的座位已售完").first().waitFor();
  await stage.shot(window, "station-4-sold-out");

  // The hub sells the others meanwhile, one of them to somebody who has a ticket of the
  // station, which it cannot know.
  const twice = await sell(hub, { from, to, days: [1], who });
  const there = await sellAll(hub, tomorrow.id);
  assert.equal(there.said.reason, "SOLD_OUT");
  assert.ok(there.seats.length > 0, "the hub held seats");
  const all = [...here.seats, ...there.seats];
  assert.equal(new Set(all).size, all.length, "no seat twice");

  // The gate knows the ticket that the hub has sold.
  await gate.goto(`${stage.urls.station}/gate?station=${from}&gate=${encodeURIComponent(sold.departure.gate ?? "")}`);
  await gate.locator("#level[data-level=live]").waitFor();
  await gate.fill("#code", sold.who.number);
  await gate.press("#code", "Enter");
  await gate.locator("#verdict[data-light=green]").waitFor();
  await stage.shot(gate, "station-5-gate");
  assert.match(JSON.stringify(await ticketAt(hub, sold.ticket)), /"valid"/, "the hub cannot know yet");

  // A refund of what the station has sold itself.
  await window.goto(`${stage.urls.station}/window/o/${both.order}/refund?station=${from}`);
  await window.locator("html[data-ready]").waitFor();
  await window.keyboard.press("F8");
  await window.locator(".st-refunded").first().waitFor();
  await stage.shot(window, "station-6-refunded");

  await cable.locator("button").click(); // plugged in again
  await cable.locator("#state[data-hub=reached][data-out='0'][data-in='0']").waitFor({ timeout: 40_000 });
  await until("the hub hears of the passage", async () => /"checked"/.test(JSON.stringify(await ticketAt(hub, sold.ticket))));
  await until("the hub hears of the refund", async () => /"refunded"/.test(JSON.stringify(await ticketAt(hub, both.ticket))));
  await window.goto(`${stage.urls.station}/desk`);
  await window.locator(".notice.node.on").waitFor();
  await stage.shot(window, "station-7-level");
  await stage.shot(cable, "station-8-plugged-again");

  // Both tickets are good, and stand on the desk of the hub until somebody decides.
  const desk = await stage.page("desk");
  await until("the desk has the conflict", async () => {
    await desk.goto(`${hub.replace("/api/v1", "")}/desk/conflicts`);
    return desk.locator("[data-conflict] .st-valid").count().then((n) => n === 2);
  });
  await stage.axe(desk);
  await stage.shot(desk, "station-9-conflict");
  const row = desk.locator("[data-conflict] tbody tr", { hasText: twice.ticket });
  await row.locator("input[name=reason]").fill("旅客保留车站所购车票");
  await row.locator("button").click();
  await desk.locator(".said").waitFor();
  await until("one ticket goes back, wherever it is owned", async () => /"refunded"/.test(JSON.stringify(await ticketAt(hub, twice.ticket))));
  await until("the conflict closes", async () => {
    await desk.goto(`${hub.replace("/api/v1", "")}/desk/conflicts`);
    return (await desk.locator("[data-conflict]").count()) === 0;
  });

  stopped = true;
  await stage.stop();
  for (const side of ["hub", "hub/station"]) {
    const { stdout } = await promisify(execFile)(program, ["doctor", join(home, side)]);
    assert.match(stdout, /nothing differs/, `doctor on ${side}`);
  }
});
