// A passenger with a phone: finds a departure by initials, names two people,
// chooses seats, pays in the practice wallet, sees the codes, and gives one
// ticket back. Each page is pictured and judged by axe.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { person } from "./sale.mjs";
import { start } from "./harness.mjs";

let stage;
before(async () => (stage = await start(process.env.CHEPIAO ? { command: [process.env.CHEPIAO, "demo", "--listen", "127.0.0.1:0", "--print-json"] } : {})));
after(() => stage.stop());

// search goes from the first page to the list of tomorrow's departures.
async function search(page, from = "sjz", to = "bd") {
  await page.goto(stage.urls.passenger);
  await page.fill("#from", from);
  await page.locator(`#from-list [role=option][data-typed=${from}]`).first().click();
  await page.fill("#to", to);
  await page.keyboard.press("Enter"); // before the list is there: it must wait for it
  await page.locator("#to_code[value='130606BD']").waitFor({ state: "attached" });
  await page.locator(".strip label").nth(1).click();
  await page.click("button[type=submit]");
}

async function fill(page, i, who) {
  await page.fill(`#p${i}_name`, who.name);
  await page.fill(`#p${i}_number`, who.number);
}

test("buy two seats, pay, show the codes, refund one", async () => {
  const page = await stage.page("phone");
  await page.goto(stage.urls.passenger);
  await stage.axe(page);
  await stage.shot(page, "passenger-1-search");
  await page.fill("#from", "sjz");
  await page.locator("#from-list [data-typed=sjz]").first().waitFor();
  await stage.shot(page, "passenger-2-suggest");
  await search(page);
  await page.locator(".offer").first().waitFor();
  await stage.axe(page);
  await stage.shot(page, "passenger-3-list");

  await page.locator("a.offer:has-text('定点班')").first().click();
  await page.locator("#sale").waitFor();
  await stage.axe(page);
  await stage.shot(page, "passenger-4-departure");

  const [one, two] = [person(), person("20160501")];
  await fill(page, 0, { name: "欧阳1", number: one.number.slice(0, 17) + (one.number[17] === "1" ? "2" : "1") });
  await page.locator("#p0_number-note:not(:empty)").waitFor();
  assert.match(await page.textContent("#p0_name-note"), /数字/);
  await fill(page, 0, one);
  await page.locator("#p0_number-good:not(:empty)").waitFor();
  assert.match(await page.textContent("#p0_number-good"), /1988-03-17/);
  await page.click("button.add");
  await page.locator("#p1_name").waitFor();
  assert.equal(await page.inputValue("#p0_name"), one.name, "adding a passenger keeps what was typed");
  await fill(page, 1, two);
  const before = await page.textContent("#total");
  await page.locator("fieldset.person").nth(1).locator(".choice").nth(1).click();
  await page.waitForFunction((t) => document.querySelector("#total").textContent !== t, before);
  await page.locator(".seating .choice").nth(1).click();
  const free = page.locator(".seat:not(.taken)");
  for (const i of [8, 9, 10]) await free.nth(i).click();
  assert.equal(await page.locator("input[name=seat]:checked").count(), 2, "one seat a passenger");
  await stage.shot(page, "passenger-5-filled");
  await stage.axe(page);
  await page.click(".pay-bar button");

  await page.locator(".clock").waitFor();
  await page.waitForFunction(() => /^\d+:\d\d$/.test(document.querySelector(".clock time").textContent));
  await stage.axe(page);
  await stage.shot(page, "passenger-6-hold");
  await page.reload();
  await page.waitForFunction(() => /^\d+:\d\d$/.test(document.querySelector(".clock time").textContent));
  await page.click("text=延长锁座");
  await page.locator("text=延长锁座").waitFor({ state: "detached" });

  const order = page.url();
  await page.click("text=/^去支付/");
  await page.waitForURL((u) => u.origin !== new URL(stage.urls.passenger).origin);
  await stage.shot(page, "passenger-7-wallet");
  await page.click("button[value=success]");
  await page.waitForURL(order);
  await page.locator(".code svg").first().waitFor();
  assert.equal(await page.locator(".code svg").count(), 2);
  await stage.axe(page);
  await stage.shot(page, "passenger-8-tickets");
  const text = await page.textContent("body");
  assert.ok(!text.includes(one.number) && !text.includes(one.name), "the passenger is masked");

  await page.click("text=退票 >> nth=0");
  await page.locator("#refund").waitFor();
  await page.locator("input[name=ticket]").nth(0).uncheck(); // the adult stays: a child would not stay alone
  await page.waitForFunction(() => document.querySelectorAll("input[name=ticket]:checked").length === 1);
  await stage.axe(page);
  await stage.shot(page, "passenger-9-refund");
  await page.click("text=/^确认退票/");
  await page.locator(".state.refunded").first().waitFor();
  assert.equal(await page.locator(".code svg").count(), 1);
  await stage.shot(page, "passenger-10-refunded");

  const number = (await page.textContent(".order-number b")).trim();
  await page.goto(stage.urls.passenger + "/find");
  await page.fill("#order", number);
  await page.fill("#number", person().number);
  await page.click("button[type=submit]");
  await page.locator("#order-note:not(:empty)").waitFor();
  await stage.axe(page);
  await stage.shot(page, "passenger-11-find");
  await page.fill("#number", two.number);
  await page.click("button[type=submit]");
  await page.waitForURL(order);
  await page.context().close();
});

test("a payment fails, the seats stay; one is left pending, then succeeds", async () => {
  const page = await stage.page("phone");
  await search(page, "sjz", "bd");
  await page.locator("a.offer:has-text('定点班')").nth(1).click();
  await fill(page, 0, person());
  await page.click(".pay-bar button");
  await page.locator(".clock").waitFor();
  const order = page.url();
  const wallet = async (outcome) => {
    await page.click("#order form[action$='/pay'] button");
    await page.waitForURL((u) => u.origin !== new URL(order).origin);
    await page.click(`button[value=${outcome}]`);
    await page.waitForURL(order);
  };
  await wallet("failure");
  await page.locator("h1:has-text('座位已锁定')").waitFor();
  await wallet("later");
  await page.locator("h1:has-text('等待支付结果')").waitFor();
  await stage.axe(page);
  await stage.shot(page, "passenger-12-paying");
  await wallet("success");
  await page.locator(".code svg").waitFor();
  await page.context().close();
});
