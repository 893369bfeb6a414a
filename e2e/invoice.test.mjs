// An electronic invoice: of the fee of a ticket that was given back, asked for on a
// phone, for a company, reversed and issued again; and of a fare, at a window. The
// practice tax service makes them.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { at, fits } from "./phone.mjs";
import { sell } from "./sale.mjs";

let stage;
before(async () => (stage = await start(process.env.CHEPIAO ? { command: [process.env.CHEPIAO, "demo", "--listen", "127.0.0.1:0", "--print-json"] } : {})));
after(() => stage.stop());

const title = "石家庄练习运输有限公司";
const tax = "91350100M000100Y43";
const control = (wish) => fetch(new URL("/control/switches", stage.urls.tax), { method: "PUT", body: JSON.stringify(wish) });
const invoice = (page, state) => page.locator(`[data-invoice][data-state=${state}]`);

/** Saves what a link leads to and answers its bytes. */
async function fetched(page, link) {
  const [download] = await Promise.all([page.waitForEvent("download"), link.click()]);
  return readFile(await download.path());
}

test("the fee of a refund is invoiced on the phone, reversed and invoiced again", async () => {
  const sold = await sell(stage.urls.api, { days: [1] });
  const page = await stage.page("phone", { acceptDownloads: true });
  const order = at(stage, `/o/${sold.order}/${sold.key}`);
  await page.goto(`${order}/refund`);
  await page.click("#refund button[type=submit].weui-btn_warn");
  await page.waitForURL(order);
  await page.click(`a[href$="/invoice"]`);
  await page.locator(".invoice-ask").waitFor();
  await stage.axe(page);

  await page.check("input[value=company]");
  await page.fill("input[name=title]", title);
  await page.fill("input[name=tax_no]", "91350100M000100Y44");
  await fits(page);
  await page.click(".invoice-ask button");
  await page.locator(".alert").waitFor();
  assert.match(await page.textContent(".alert"), /18 位统一社会信用代码/);
  await stage.axe(page);

  await control({ lost: true }); // it is made, but the answer is lost: the page waits
  await page.fill("input[name=tax_no]", tax);
  await page.click(".invoice-ask button");
  await invoice(page, "asked").waitFor();
  await stage.shot(page, "invoice-1-asked");
  await control({});
  await invoice(page, "issued").waitFor(); // by itself
  await stage.axe(page);
  await stage.shot(page, "invoice-2-issued");
  const pdf = await fetched(page, page.locator("a[href$='.pdf']").first());
  assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
  const xml = (await fetched(page, page.locator("a[href$='.xml']").first())).toString();
  assert.ok(xml.includes(title) && xml.includes(tax) && xml.includes("退票手续费") && !xml.includes(sold.who.number), xml);

  await page.click("details.ask summary");
  await page.click("details.ask button");
  await invoice(page, "reversed").waitFor();
  await page.waitForFunction((t) => document.querySelector("input[name=title]")?.value === t, title); // the browser remembers the company
  await page.check("input[value=person]");
  await page.click(".invoice-ask button");
  await invoice(page, "issued").waitFor();
  assert.equal(await page.locator("a[href$='.pdf']").count(), 3, "two blue ones and a red one");
  assert.equal(await page.locator(".invoice-ask").count(), 0, "nothing more is to be asked for");
  await stage.shot(page, "invoice-3-again");
  const foreign = await page.request.get(at(stage, `/o/${sold.order}/WRONGKEY/invoice`));
  assert.equal(foreign.status(), 404);
});

test("a window invoices a fare; the ticket is not refunded before it is reversed; the lists agree", async () => {
  const sold = await sell(stage.urls.api, { days: [1] });
  const page = await stage.page("window");
  await page.goto(at(stage, `/window/o/${sold.order}/t/${sold.ticket}`));
  await page.click("a[href$='/invoice']");
  await page.click("form.fields button[type=submit]");
  await page.locator(".alert").waitFor(); // the passenger has to be warned first
  await page.check("input[name=early]");
  await page.click("form.fields button[type=submit]");
  await invoice(page, "issued").waitFor();
  await stage.axe(page);
  await stage.shot(page, "invoice-4-window");

  const phone = await stage.page("phone");
  await phone.goto(at(stage, `/o/${sold.order}/${sold.key}/refund`));
  assert.match(await phone.textContent("#refund"), /已开具电子发票[,，]请先申请红冲/);
  await page.click("a[href='/window/invoices']");
  await page.locator("p[role=status]:has-text('没有差异')").waitFor();
  await stage.axe(page);
  await control({ hidden: true });
  await page.reload();
  await page.locator("td:has-text('税务服务没有')").waitFor();
  await stage.shot(page, "invoice-5-differs");
  await control({});
});
