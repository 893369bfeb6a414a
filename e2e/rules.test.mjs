// A dispatcher changes a rule on the desk page: what it would do is shown first,
// a contradiction is refused beside the rule, and then the next ticket is sold
// under it while the last one keeps the terms it was sold under.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { sell } from "./sale.mjs";

let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

// fee is what giving an order's tickets back would cost now, as a share.
async function fee(sale) {
  const r = await fetch(`${stage.urls.api}/orders/${sale.order}/refund-quote`);
  const quote = await r.json();
  assert.equal(r.status, 200, JSON.stringify(quote));
  return quote.fee / quote.price;
}

test("a rule changes the next sale and not the last", async () => {
  const last = await sell(stage.urls.api);
  const before = await fee(last);
  assert.ok(before < 0.3, `the fee is ${before} of the price before`);

  const page = await stage.page("window");
  await page.goto(new URL("/desk/rules?scope=station:130102SJZ", stage.urls.url).href);
  await stage.axe(page);
  await stage.shot(page, "rules-1-table");
  await page.fill("#q", "退票阶梯");
  await page.waitForFunction(() => !document.querySelector("#r-advance_days") && document.querySelector("#r-refund"));
  await page.check("#r-refund input");
  await page.click("#rules button[type=submit]");

  await page.fill("#v_refund", "0 30% ¥1; 2h 60% ¥1");
  await page.fill("#reason", "春运");
  await page.click("button[value=preview]");
  await page.locator("#refund-note:has-text('退票阶梯')").waitFor();
  await stage.axe(page);
  await stage.shot(page, "rules-2-refused");
  await page.fill("#v_refund", "2h 60% ¥1; 0 60% ¥1");
  await page.click("button[value=preview]");
  await page.locator("#preview").waitFor();
  await stage.axe(page);
  await stage.shot(page, "rules-3-preview");
  await page.click("button[value=set]");
  await page.waitForURL(/done=/);
  await stage.axe(page);

  const next = await sell(stage.urls.api);
  assert.ok((await fee(next)) >= 0.6, "the next ticket is sold under the new ladder");
  assert.equal(await fee(last), before, "the last one keeps the ladder it was sold under");

  await page.goto(new URL("/desk/rules/sheets", stage.urls.url).href);
  await page.locator("tbody tr:has-text('春运')").first().waitFor();
  await stage.axe(page);
  await stage.shot(page, "rules-4-history");
});
