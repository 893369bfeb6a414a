// Invented passengers with resident ID numbers that pass GB 11643, from a range
// that the demo's own sales do not touch, and tickets sold to them through the
// API, for tests that begin after the sale.
const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const given = ["伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋"];

let next = Math.floor(Date.now() / 1000) % 900;

/** Somebody new each time: name and document number. */
export function person(born = "19880317") {
  const n = next++ % 1000;
  const body = `130102${born}${String(n).padStart(3, "0")}`;
  const sum = [...body].reduce((s, d, i) => s + Number(d) * weights[i], 0);
  return { name: `欧阳${given[n % 10]}`, number: body + "10X98765432"[sum % 11] };
}

async function ask(url, body) {
  const r = await fetch(url, body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  if (!r.ok) throw new Error(`${url} answered ${r.status}: ${await r.text()}`);
  return r.json();
}

/** The day in China, some days from today: "2026-11-22". */
export function day(plus = 0) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(Date.now() + plus * 86_400_000);
}

/** The next fixed departure between two stations that can be bought, on one of these days from today.
 *  gated: one that has a gate of its own where it is boarded. */
export async function soonest(api, from, to, channel = "window", days = [0, 1], gated = false) {
  for (const plus of days) {
    const { departures } = await ask(`${api}/departures?from=${from}&to=${to}&day=${day(plus)}&limit=100&channel=${channel}`);
    const found = departures.find((d) => !d.why_not && d.kind === "fixed" && (d.gate || !gated) && new Date(d.departs) - Date.now() > 10 * 60_000);
    if (found) return found;
  }
  throw new Error(`nothing to buy from ${from} to ${to}`);
}

/** Sells a ticket on the next departure for cash: the order and its key, the ticket, its voucher's code, who travels.
 *  What the hours before departure rule out is tried on tomorrow's: days [1]. */
export async function sell(api, { from = "130102SJZ", to = "130606BD", who = person(), days, gated } = {}) {
  const departure = await soonest(api, from, to, "window", days, gated);
  const passengers = [{ name: who.name, document: { kind: "resident_id", number: who.number } }];
  const { order } = await ask(`${api}/orders`, { departure: departure.id, from, to, passengers, channel: "window" });
  await ask(`${api}/orders/${order.id}/pay`, { channel: "cash", amount: order.total });
  const ticket = order.tickets[0];
  const { code } = await ask(`${api}/orders/${order.id}/tickets/${ticket.id}/voucher`);
  return { departure, order: order.id, key: order.key, ticket: ticket.id, seat: ticket.seat, code, who };
}

/** Sells to an adult and a child at half fare who rides on the adult's document. */
export async function sellFamily(api, { from = "130102SJZ", to = "130606BD", who = person(), days, gated } = {}) {
  const departure = await soonest(api, from, to, "window", days, gated);
  const passengers = [
    { name: who.name, document: { kind: "resident_id", number: who.number } },
    { name: "欧阳小妹", kind: "half", guardian: 0, birth: day(-365 * 9) },
  ];
  const { order } = await ask(`${api}/orders`, { departure: departure.id, from, to, passengers, channel: "window" });
  await ask(`${api}/orders/${order.id}/pay`, { channel: "cash", amount: order.total });
  return { departure, order: order.id, tickets: order.tickets.map((t) => t.id), who };
}
