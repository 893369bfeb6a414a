// What happens between two people at the window: a customer's phone pays the code on
// the clerk's screen, and the page turns by itself; a supervisor comes and agrees to a
// refund for the station's fault.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { person, sell, soonest } from "./sale.mjs";

const station = "130102SJZ";
const size = { viewport: { width: 1024, height: 768 } };
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

async function press(page, key) {
  await page.locator("html[data-ready]").waitFor();
  await page.keyboard.press(key);
}

test("the code on the window's page is paid by the customer's phone, and the page turns by itself", async () => {
  const page = await stage.page("window", size);
  await page.goto(`${stage.urls.window}?station=${station}`); // the window is here
  const departure = await soonest(stage.urls.api, station, "130606BD", "window", [1]);
  await page.goto(`${stage.urls.window}/sale/${departure.id}?from=${station}&to=130606BD&station=${station}`);
  const who = person();
  await page.fill("#p0_number", who.number);
  await page.fill("#p0_name", who.name);
  await press(page, "F8");
  await page.locator("#given").waitFor();
  const order = new URL(page.url()).pathname.split("/").pop();
  await page.locator(".phone-pay button[value=sandbox]").click();
  await page.locator(".pay-code").waitFor();
  await page.locator("#paying .wait").waitFor();
  assert.match(await page.locator("aside").innerText(), /请旅客/, "the page says what the customer does");

  // Nothing turns before the money is there.
  assert.equal(await page.locator(".ok", { hasText: "已出票" }).count(), 0);
  const charges = await (await fetch(`${stage.urls.wallet}/control/charges`)).json();
  const open = charges.filter((c) => c.state === "pending");
  assert.equal(open.length, 1, "one charge waits");
  const paid = await fetch(`${stage.urls.wallet}/control/charges/${open[0].id}/outcome`, { method: "POST", body: JSON.stringify({ outcome: "success" }) });
  assert.ok(paid.ok, await paid.text());

  await page.waitForURL(`**/window?sold=${order}*`); // nobody touched a key
  await page.locator("#slip[data-state=done]").waitFor(); // and its slip came out
  await stage.axe(page);
  await page.context().close();
});

test("the station's fault: the sum is counted anew, and a supervisor agrees at the window", async () => {
  const page = await stage.page("window", size);
  const sold = await sell(stage.urls.api, { days: [1] });
  const origin = new URL(stage.urls.window).origin;
  await page.goto(`${origin}/staff?next=/shift`);
  await page.locator('button:has-text("1001")').click();
  await page.waitForURL("**/shift");
  await page.fill("#float", "200");
  await press(page, "F8");
  await page.locator(".said").waitFor();

  await page.goto(`${origin}/window/o/${sold.order}/refund`);
  const sum = () => page.locator(".total.change b").innerText();
  const ladder = await sum();
  await press(page, "F3"); // the first reason after the passenger's own
  await page.locator("#why").waitFor();
  const all = await sum();
  assert.notEqual(all, ladder, "all of it comes back, without a fee");
  await page.selectOption("#fault", "");
  await page.locator("#why").waitFor({ state: "detached" });
  assert.equal(await sum(), ladder);
  await page.selectOption("#fault", "station");
  await page.fill("#why", "售错日期");
  await page.fill("#approve_staff", "4001");
  await page.fill("#approve_password", "not this one");
  assert.equal(await sum(), all);
  assert.ok(!page.url().includes("approve_password") && !page.url().includes("why"), "neither password nor words stand in an address");
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it fits");
  await stage.axe(page);
  await stage.shot(page, "counter-refund-fault");
  await press(page, "F8");
  await page.locator("#approve_password-note:not(:empty), #approve_staff-note:not(:empty), .problem").first().waitFor();
  assert.equal(await page.inputValue("#why"), "售错日期", "what was typed stays");
  assert.match(await page.locator("main").innerText(), new RegExp(all.replace(/[¥.]/g, (c) => "\\" + c)));
  assert.equal(await page.inputValue("#approve_password"), "", "but not the password");
  await page.context().close();
});
