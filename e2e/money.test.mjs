// A bill that differs and a refund that the bank sends back: both are seen on the
// desk's page of money, and a person sees to them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { day, person, soonest } from "./sale.mjs";

const station = "130102SJZ";
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

async function ask(url, body, method = "POST") {
  const r = await fetch(url, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  assert.ok(r.ok, `${url}: ${r.status} ${await r.clone().text()}`);
  return r.status === 204 ? undefined : r.json();
}

// paid is an order that was paid by Alipay.
async function paid() {
  const { api, alipay } = stage.urls;
  const departure = await soonest(api, station, "130606BD", "online", [1]);
  const who = person();
  const passengers = [{ name: who.name, document: { kind: "resident_id", number: who.number } }];
  const { order } = await ask(`${api}/orders`, { departure: departure.id, from: station, to: "130606BD", channel: "window", passengers });
  const { payment } = await ask(`${api}/orders/${order.id}/pay`, { channel: "alipay", way: "code", amount: order.total });
  await ask(`${alipay}/control/charges/${payment.id}/outcome`, { outcome: "success" });
  for (let i = 0; ; i++) {
    const now = await (await fetch(`${api}/orders/${order.id}`, { headers: { "order-key": order.key } })).json();
    if (now.order.state === "issued") return { ...now.order, payment: payment.id };
    assert.ok(i < 100, `the order stays ${now.order.state}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

const switches = (on) => ask(`${stage.urls.alipay}/control/switches`, { bill_early: true, ...on }, "PUT");

test("a bill that differs by a fen is found, told and settled", async () => {
  const order = await paid();
  await switches({ bill_different: true });
  const page = await stage.page("window");
  const today = day();
  await page.goto(`${stage.urls.desk}/money`);
  await page.locator(".bills").waitFor();
  await stage.axe(page);
  await page.goto(`${stage.urls.desk}/money?channel=alipay&day=${today}`);
  await page.click("button:has-text('对账')");
  const row = page.locator("tr", { hasText: order.payment });
  await row.locator("b:has-text('金额不符')").waitFor();
  await stage.axe(page);
  await stage.shot(page, "money-1-difference");
  await row.locator("input[name=reason]").fill("支付宝已更正账单");
  await row.locator("button").click();
  await page.locator("tr", { hasText: order.payment }).locator("text=支付宝已更正账单").waitFor();
  const file = await (await fetch(`${stage.urls.desk}/money.csv?channel=alipay&day=${today}`)).text();
  assert.match(file, new RegExp(`amount,${order.payment},${order.id},${order.total + 1},${order.total},.*支付宝已更正账单`));
  await switches({});
  await page.click("button:has-text('重新对账')");
  await page.locator(".blank .big").waitFor(); // every line agrees
  await page.context().close();
});

test("a refund that the bank sends back waits for a person, and goes once", async () => {
  const order = await paid();
  await switches({ refund_abnormal: true });
  const quote = await (await fetch(`${stage.urls.api}/orders/${order.id}/refund-quote`, { headers: { "order-key": order.key } })).json();
  await ask(`${stage.urls.api}/orders/${order.id}/refund`, { tickets: [order.tickets[0].id], back: quote.back });
  const page = await stage.page("window");
  const stuck = page.locator("section", { hasText: "退不回去的款项" });
  for (let i = 0; i < 100; i++) {
    await page.goto(`${stage.urls.desk}/money`);
    if (await stuck.count()) break;
    await page.waitForTimeout(200);
  }
  await stuck.locator("tr", { hasText: order.id }).waitFor();
  await stage.axe(page);
  await stage.shot(page, "money-2-stuck");
  await switches({});
  await stuck.locator("button").first().click();
  await page.locator(".bills").waitFor();
  assert.equal(await page.locator("section", { hasText: "退不回去的款项" }).count(), 0);
  await page.context().close();
});

test("all bills that are left are compared in one go, and the page says how far it is", async () => {
  await switches({});
  const page = await stage.page("window");
  await page.goto(`${stage.urls.desk}/money`);
  const rest = page.locator(".rest");
  await rest.waitFor(); // the clock's own round goes back a week, the page two
  await stage.shot(page, "money-3-left");
  const seen = new Set();
  page.on("framenavigated", (frame) => seen.add(new URL(frame.url()).searchParams.get("done")));
  await rest.locator("button").click();
  await page.locator(".rest:not([data-go]) [role=status]").waitFor();
  assert.ok(seen.size > 2, `the page said ${[...seen]} on its way`);
  assert.equal(await page.locator(".bills .b-none").count(), 0);
  await stage.axe(page);
  await stage.shot(page, "money-4-done");
  await page.context().close();
});
