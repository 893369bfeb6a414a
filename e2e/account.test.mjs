// A passenger with an account: signs in by a code, saves whom they buy for, sees
// orders and who looked them up, takes their data along, and erases it.
import { test, before, after } from "node:test";
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { start } from "./harness.mjs";
import { day, person } from "./sale.mjs";

let stage;
before(async () => { stage = await start(process.env.CHEPIAO ? { command: [process.env.CHEPIAO, "demo", "--listen", "127.0.0.1:0", "--print-json"] } : {}); });
after(async () => stage?.stop());

// code is what the latest text to a phone brings.
async function code() {
  const texts = await (await fetch(stage.urls.sms + "/control/texts")).json();
  return texts.find((t) => t.id.startsWith("code-")).text.match(/\b\d{6}\b/)[0];
}

async function signIn(page, phone) {
  await page.getByLabel(/手机号|Phone/).fill(phone);
  await page.locator("#sign-in button[type=submit]").first().click();
  await page.locator("#code").waitFor();
  await page.locator("#code").fill(await code());
  await page.locator("#sign-in button[type=submit]").first().click();
}

test("a passenger signs in, saves somebody, takes the data along and goes", async () => {
  const page = await stage.page("phone");
  await page.goto(stage.urls.account);
  await page.waitForURL(/\/me\/sign-in/);
  await stage.axe(page);
  await stage.shot(page, "account-sign-in");
  await signIn(page, "13812345678");
  await page.waitForURL(/\/me$/);
  await stage.axe(page);
  await stage.shot(page, "account-orders-none");

  await page.goto(stage.urls.account + "/passengers");
  await page.locator("#name").fill("欧阳娜娜");
  await page.locator("#number").fill("11010519491231002");
  await page.locator("#number-note").filter({ hasText: /位/ }).waitFor(); // judged as one types
  await page.locator("#number").fill("11010519491231002X");
  await page.locator(".good").filter({ hasText: "1949" }).waitFor();
  await page.locator("#saved button[type=submit]").click();
  await page.locator(".me-saved").waitFor();
  const shown = await page.locator(".me-saved").innerText();
  assert.match(shown, /欧阳\*/);
  assert.ok(!shown.includes("19491231"), "the document shows");
  await stage.axe(page);
  await stage.shot(page, "account-passengers");

  await page.goto(stage.urls.account + "/data");
  await stage.axe(page);
  await stage.shot(page, "account-data");
  const [file] = await Promise.all([page.waitForEvent("download"), page.locator("form[action='/me/data/copy'] button").click()]);
  const data = JSON.parse(await readFile(await file.path(), "utf8"));
  assert.equal(data.phone, "13812345678");
  assert.equal(data.saved_passengers[0].document, "11010519491231002X");

  await page.locator("form[action='/me/erase'] button").click();
  await page.locator("#sure-note").filter({ hasText: /./ }).waitFor();
  await page.locator("[name=sure]").check();
  await page.locator("form[action='/me/erase'] button").click();
  await page.getByRole("heading", { name: "账号已删除" }).waitFor();
  await page.goto(stage.urls.account);
  await page.waitForURL(/\/me\/sign-in/);
  await page.close();
});

test("somebody saved is bought for with a tap, and the order is in the account", async () => {
  const page = await stage.page("phone");
  await page.goto(stage.urls.account);
  await signIn(page, "13811112222");
  await page.waitForURL(/\/me$/);
  const who = person();
  await page.goto(stage.urls.account + "/passengers");
  await page.locator("#name").fill(who.name);
  await page.locator("#number").fill(who.number);
  await page.locator("#saved button[type=submit]").click();
  await page.locator(".me-saved").waitFor();

  const { departures } = await (await fetch(`${stage.urls.api}/departures?from=130102SJZ&to=130606BD&day=${day(1)}&limit=50`)).json();
  const at = departures.find((d) => !d.why_not && d.kind === "fixed");
  await page.goto(`${stage.urls.passenger}/departures/${at.id}?from=130102SJZ&to=130606BD`);
  await page.locator("button[value^='saved.SP']").click();
  await page.locator(".saved-row").waitFor();
  assert.ok(!(await page.content()).includes(who.number), "the document is in the page");
  await stage.axe(page);
  await stage.shot(page, "account-hold");
  await page.locator(".pay-bar button").click();
  await page.locator(".clock").waitFor();
  await page.goto(stage.urls.account);
  await page.locator(".me-order").filter({ hasText: "待支付" }).waitFor();
  await stage.axe(page);
  await stage.shot(page, "account-orders");
  await page.close();
});

test("the network identity signs in without a phone", async () => {
  const page = await stage.page("phone", { locale: "en-GB" });
  await page.goto(stage.urls.account);
  await page.getByRole("link", { name: "Sign in by national network identity" }).click();
  await page.getByRole("button", { name: "Confirm" }).click();
  await page.waitForURL(/\/me$/);
  await page.getByText("Signed in by network identity").waitFor();
  await stage.shot(page, "account-network-en");
  await page.close();
});

test("large print, and a small phone, lose nothing", async () => {
  const page = await stage.page("small");
  await page.goto(stage.urls.account + "/sign-in?large=1");
  await signIn(page, "13900007777");
  await page.waitForURL(/\/me$/);
  for (const part of ["", "/passengers", "/messages", "/looks", "/data"]) {
    await page.goto(stage.urls.account + part);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wide <= 0, `${part} is ${wide} px too wide`);
    await stage.axe(page);
  }
  await stage.shot(page, "account-small");
  await page.close();
});
