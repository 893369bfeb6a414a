// Anybody with a browser: a voucher is explained offline, a forged one is
// refused, and the network is not asked once the page is open.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { sell } from "./sale.mjs";

let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

test("verify with the network off", async () => {
  const { code, ticket, seat } = await sell(stage.urls.api);
  const page = await stage.page("gate");
  await page.goto(stage.urls.verify);
  await page.locator("#verify[data-loaded]").waitFor({ timeout: 30_000 });
  await stage.axe(page);
  await page.context().setOffline(true);
  const asked = [];
  page.on("request", (r) => asked.push(r.url()));
  await page.fill("#code", code);
  await page.locator(".verdict.good").waitFor();
  const text = await page.textContent("#answer");
  for (const part of [ticket, "石家庄客运总站", "保定客运中心站", `${seat} 号座`, "ed25519"]) assert.ok(text.includes(part), part);
  await stage.axe(page);
  await stage.shot(page, "verify-1-good");
  await page.fill("#code", code.slice(0, 90) + (code[90] === "A" ? "B" : "A") + code.slice(91));
  await page.locator(".verdict.bad").waitFor();
  assert.ok(!(await page.textContent("#answer")).includes(ticket) || /TAMPERED/.test(await page.textContent("#answer")));
  await stage.axe(page);
  await stage.shot(page, "verify-2-bad");
  await page.fill("#code", "CP1:HELLO");
  await page.locator(".verdict.bad").waitFor();
  assert.deepEqual(asked, [], "nothing was asked of the network");
  await page.context().close();
});

test("the landing page, in both languages and on a phone", async () => {
  const page = await stage.page("gate");
  await page.goto(stage.urls.url);
  await stage.axe(page);
  await stage.shot(page, "home-1-zh");
  await page.click(".switch");
  await page.locator("text=Electronic coach tickets").waitFor();
  await stage.shot(page, "home-2-en");
  const phone = await stage.page("phone");
  await phone.goto(stage.urls.url);
  await stage.shot(phone, "home-3-phone");
  await phone.goto(stage.urls.verify + "?lang=en");
  await phone.locator("#verify[data-loaded]").waitFor({ timeout: 30_000 });
  const { code } = await sell(stage.urls.api);
  await phone.fill("#code", code);
  await phone.locator(".verdict.good").waitFor();
  await stage.shot(phone, "verify-3-phone-en");
});
