// Tickets that change places and money that goes back: a passenger moves to a
// later coach on a phone and sees until when what would come back; a clerk moves
// another one, mends a name, takes a receipt back and undoes a sale.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { sell } from "./sale.mjs";

let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

const at = (path) => new URL(path, stage.urls.passenger).href;

test("a passenger moves to another coach, and asks what would come back", async () => {
  const page = await stage.page("phone");
  const first = await sell(stage.urls.api, { days: [1] });
  await page.goto(at(`/o/${first.order}/${first.key}`));
  await page.click("a:text-is('改签')");
  await page.locator("#rebook .offer").first().waitFor();
  await stage.axe(page);
  await stage.shot(page, "rebook-1-list");
  await page.locator("nav.days a").nth(1).click();
  await page.locator("a.offer").first().click();
  await page.locator("text=原票抵扣").waitFor();
  await stage.axe(page);
  await stage.shot(page, "rebook-2-move");
  await page.click("button[type=submit]");
  await page.locator(".code svg").first().waitFor();
  assert.ok(!page.url().includes(first.order), "the new tickets have an order of their own");
  await page.goto(at(`/o/${first.order}/${first.key}`));
  assert.equal(await page.locator(".code svg").count(), 0, "the old code is gone");

  const second = await sell(stage.urls.api, { days: [1] });
  await page.goto(at(`/o/${second.order}/${second.key}/refund`));
  await page.locator(".stages li").first().waitFor();
  assert.ok((await page.locator(".stages li").count()) >= 3);
  assert.equal(await page.locator(".stages [aria-current]").count(), 1);
  await stage.axe(page);
  await stage.shot(page, "rebook-3-stages");
  await page.click("text=/^确认退票/");
  await page.locator("text=待领取").waitFor();
  await stage.axe(page);
  await stage.shot(page, "rebook-4-fetch");

  // The window hands the cash over.
  const clerk = await stage.page("window");
  await clerk.goto(at(`/window/o/${second.order}`));
  await stage.axe(clerk);
  await clerk.click("text=现金已付给旅客");
  await clerk.locator("text=待付旅客现金").waitFor({ state: "detached" });
  await clerk.context().close();
  await page.context().close();
});

test("a clerk moves a ticket, mends a name, takes a receipt back", async () => {
  const page = await stage.page("window");
  const sold = await sell(stage.urls.api, { days: [1] });
  await page.goto(at(`/window/o/${sold.order}`));
  await stage.axe(page);
  await stage.shot(page, "rebook-5-window-order");
  await page.click(`a:text-is('${sold.ticket}')`);
  await page.locator("#name").waitFor();
  await stage.axe(page);
  await page.fill("#name", sold.who.name.slice(0, -1) + "某");
  await page.fill("#number", sold.who.number);
  await stage.shot(page, "rebook-6-window-ticket");
  await page.keyboard.press("F8");
  await page.locator("text=已更正").first().waitFor();
  assert.ok(!(await page.textContent("body")).includes(sold.who.number), "the number shows nowhere");
  await page.fill("#no", "SJZ0001");
  await page.check("input[name=early]");
  await page.click("text=打印报销凭证");
  await page.locator("text=纸质报销凭证已打印").waitFor();
  await page.fill("#no", "SJZ0001");
  await page.click("button:has-text('收回凭证')");
  await page.locator("text=纸质报销凭证已收回").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("html[data-ready]").waitFor();
  await page.click("a:has-text('改签')");
  await page.locator("#rebook table").waitFor();
  await stage.axe(page);
  await stage.shot(page, "rebook-7-window-list");
  await page.locator("#rebook button:text-is('改签')").first().click();
  await page.locator(".slip").waitFor();
  await stage.shot(page, "rebook-8-window-moved");
  await page.context().close();
});
