// The same tickets paid through each firm's own protocol: on the phone at Alipay's
// and WeChat Pay's page, and at the window by the code on the customer's phone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { person, soonest } from "./sale.mjs";

const station = "130102SJZ";
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

// held is an order that waits for its money, with its secret address.
async function held(channel) {
  const { api } = stage.urls;
  const departure = await soonest(api, station, "130606BD", channel, [1]);
  const who = person();
  const r = await fetch(`${api}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ departure: departure.id, from: station, to: "130606BD", channel, passengers: [{ name: who.name, document: { kind: "resident_id", number: who.number } }] }),
  });
  assert.ok(r.ok, await r.clone().text());
  return (await r.json()).order;
}

async function code(firm, kind) {
  const r = await fetch(`${firm}/control/codes`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ kind }) });
  return (await r.json()).code;
}

for (const firm of ["alipay", "wechat"]) {
  test(`a passenger pays at the page of ${firm}`, async () => {
    const order = await held("online");
    const page = await stage.page("phone");
    await page.goto(`${new URL(stage.urls.passenger).origin}/o/${order.id}/${order.key}`);
    await page.locator(".clock").waitFor();
    await page.locator(`input[name=channel][value=${firm}]`).check();
    await stage.axe(page);
    await stage.shot(page, `pay-${firm}-1-choose`);
    await page.click("text=/^去支付/");
    await page.waitForURL((u) => u.origin === new URL(stage.urls[firm]).origin);
    await stage.axe(page);
    await stage.shot(page, `pay-${firm}-2-page`);
    await page.click("button[value=success]");
    await page.waitForURL((u) => u.origin === new URL(stage.urls.passenger).origin);
    await page.locator(".code svg").first().waitFor();
    await page.context().close();
  });
}

test("a clerk scans the code on the customer's phone: no funds, another code, paid", async () => {
  const page = await stage.page("window", { viewport: { width: 1024, height: 768 } });
  const order = await held("window");
  await page.goto(`${stage.urls.window}/o/${order.id}?station=${station}`);
  const scan = async (kind) => {
    await page.locator("html[data-ready]").waitFor();
    await page.locator("[data-paycode]").first().waitFor({ state: "attached" });
    const text = await code(stage.urls.alipay, kind);
    await page.evaluate((c) => {
      const field = document.querySelector("[data-paycode]"); // as the wedge's handler does
      field.value = c;
      field.form.requestSubmit();
    }, text);
  };
  await scan("empty");
  await page.locator("text=/余额/").first().waitFor();
  await stage.axe(page);
  await stage.shot(page, "pay-alipay-window-1-no-funds");
  await scan("pays");
  await page.waitForURL((u) => u.searchParams.get("sold") === order.id);
  await page.locator("html[data-ready]").waitFor();
  await stage.shot(page, "pay-alipay-window-2-paid");
  await page.context().close();
});

test("a passenger pays inside WeChat, on our page: thinks again first, then pays", async () => {
  const order = await held("online");
  const page = await stage.page("phone", { userAgent: "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126 Mobile Safari/537.36 MicroMessenger/8.0.50" });
  let calls = 0;
  await page.exposeFunction("weixinApp", async (name, call) => {
    assert.equal(name, "getBrandWCPayRequest");
    if (++calls === 1) return { err_msg: "get_brand_wcpay_request:cancel" };
    const r = await fetch(`${stage.urls.wechat}/app/pay`, { method: "POST", body: JSON.stringify(call) }); // believes the merchant's signature only
    return r.json();
  });
  await page.addInitScript(() => {
    setTimeout(() => {
      globalThis.WeixinJSBridge = { invoke: (name, call, done) => globalThis.weixinApp(name, call).then(done) };
      document.dispatchEvent(new Event("WeixinJSBridgeReady")); // later than the page, as in WeChat
    }, 300);
  });
  const site = new URL(stage.urls.passenger).origin;
  await page.goto(`${site}/o/${order.id}/${order.key}`);
  await page.locator("input[name=channel][value=wechat]:checked").waitFor(); // the app that we are in comes first
  await page.click("text=/^去支付/");
  await page.waitForURL(`${site}/passenger/back/wechat?**`);
  await page.locator("text=付款已取消").waitFor();
  await stage.axe(page);
  await stage.shot(page, "pay-wechat-app-1-cancelled");
  const cookies = await page.context().cookies(`${site}/o/`);
  assert.ok(cookies.some((c) => c.name === "payer" && c.httpOnly));
  assert.ok(!page.url().includes(cookies.find((c) => c.name === "payer").value));
  await page.reload(); // the code is used up: back to the order, which is as it was
  assert.equal(new URL(page.url()).pathname, `/o/${order.id}/${order.key}`);
  await page.click("text=/^(去支付|继续支付)/");
  await page.locator(".code svg").first().waitFor(); // WeChat is not asked again who pays
  assert.equal(calls, 2);
  await page.context().close();
});
