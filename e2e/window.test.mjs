// A clerk sells by keyboard only: initials, a departure, two passengers, cash,
// slip; then looks the ticket up, refunds it, and lets a coach go. The mouse is
// never used.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { person, sell, soonest } from "./sale.mjs";

const station = "130102SJZ";
const size = { viewport: { width: 1024, height: 768 } };
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

// focusOn waits for the page to put the cursor into a field: it does so when what it loaded is in place.
const focusOn = (page, id) => page.waitForFunction((id) => document.activeElement.id === id, id);

// press waits until the page hears keys: a test is faster than any clerk.
async function press(page, key) {
  await page.locator("html[data-ready]").waitFor();
  await page.keyboard.press(key);
}

async function type(page, text) {
  await page.locator("html[data-ready]").waitFor();
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

test("a whole sale by keyboard, then refund", async () => {
  const page = await stage.page("window", size);
  await page.goto(`${stage.urls.window}?station=${station}`);
  await focusOn(page, "to");
  await stage.axe(page);
  await stage.shot(page, "window-1-start");
  await type(page, "bd");
  await page.locator("#departures table").waitFor();
  await press(page, "PageDown");
  await page.waitForFunction(() => /明|周|日/.test(document.querySelector(".sumline")?.textContent) && document.activeElement.closest("tr"));
  await stage.axe(page);
  await stage.shot(page, "window-2-departures");
  await press(page, "ArrowDown");
  await press(page, "ArrowDown");
  await press(page, "Enter");
  await page.locator("#sale").waitFor();

  const [one, two] = [person(), person("20160501")];
  await focusOn(page, "p0_number");
  await type(page, one.number.slice(0, 17) + (one.number[17] === "1" ? "2" : "1"));
  await page.locator("#p0_number-note:not(:empty)").waitFor();
  await stage.shot(page, "window-3-wrong-number");
  await page.focus("#p0_number");
  await press(page, "Control+a");
  await type(page, one.number);
  await page.locator("#p0-says .good").waitFor();
  await focusOn(page, "p0_name");
  await type(page, one.name);
  await page.waitForFunction(() => /锁座收款/.test(document.activeElement.textContent));
  await press(page, "F3");
  await page.locator("#p1_number").waitFor();
  await page.waitForFunction(() => document.activeElement.id === "p1_number");
  await type(page, two.number);
  await type(page, two.name);
  await press(page, "F7");
  await page.locator("#p1_ticket >> text=半票").waitFor({ state: "attached" });
  assert.equal(await page.inputValue("#p1_ticket"), "half");
  await press(page, "F5");
  await page.keyboard.type("17 18");
  await page.waitForFunction(() => document.querySelectorAll(".seat.mine").length === 2);
  assert.ok(await page.evaluate(() => { const w = document.querySelector(".work"); return w.scrollWidth <= w.clientWidth; }), "two passengers fit beside the seats");
  assert.ok(await page.evaluate(() => { const n = document.getElementById("p1_number"); return n.scrollWidth <= n.clientWidth; }), "eighteen digits fit their field");
  await stage.axe(page);
  await stage.shot(page, "window-4-passengers");
  await press(page, "F8");

  await page.locator("#given").waitFor();
  await page.keyboard.type("100");
  await page.waitForFunction(() => document.getElementById("change").textContent !== "¥0.00");
  await stage.axe(page);
  await stage.shot(page, "window-5-cash");
  await press(page, "Enter");
  await page.locator(".slip svg").first().waitFor();
  assert.equal(await page.locator(".slip svg").count(), 2);
  assert.match(await page.textContent(".change b"), /^¥\d+\.\d\d$/);
  await stage.axe(page);
  await stage.shot(page, "window-6-sold");
  await page.emulateMedia({ media: "print" });
  await stage.shot(page, "window-7-slip");
  await page.emulateMedia({ media: "screen" });
  const ticket = (await page.textContent("tbody td")).trim();
  await press(page, "Enter");
  await page.waitForURL((u) => u.pathname === "/window");
  await focusOn(page, "to");

  await press(page, "F4");
  await page.waitForURL((u) => u.pathname === "/window/find");
  await stage.axe(page);
  await type(page, one.number);
  await page.locator("tr[data-link]").first().waitFor();
  assert.ok(!page.url().includes(one.number), "no document in an address");
  await stage.axe(page);
  await stage.shot(page, "window-8-found");
  await press(page, "F4");
  await page.waitForFunction(() => document.activeElement.id === "code" && document.activeElement.value === "");
  await type(page, ticket);
  await page.locator("text=退票").first().waitFor();
  await press(page, "F7");
  await page.waitForURL(/refund/);
  await press(page, "1"); // the adult stays: a child would not stay alone
  await page.waitForFunction(() => document.querySelectorAll("input[name=ticket]:checked").length === 1);
  await stage.axe(page);
  await stage.shot(page, "window-9-refund");
  await press(page, "F8");
  await page.locator(".st-refunded").first().waitFor();
  assert.equal(await page.locator(".st-valid").count(), 1);
  await stage.shot(page, "window-10-refunded");
  await page.context().close();
});

test("the board, the manifest, a coach leaves", async () => {
  const one = await sell(stage.urls.api);
  const page = await stage.page("window", size);
  await page.goto(`${stage.urls.window}?station=${station}`);
  await press(page, "F6");
  await page.locator("tr[data-link]").first().waitFor();
  await stage.axe(page);
  await stage.shot(page, "window-11-board");
  await page.goto(`${stage.urls.window}/departures/${one.departure.id}`);
  await press(page, "F8");
  await stage.axe(page);
  await stage.shot(page, "window-12-manifest");
  await press(page, "Enter");
  await page.locator(".problem, .said").first().waitFor(); // too early, unless a coach happens to leave now
  await stage.shot(page, "window-13-dispatch");
  await page.context().close();
});

test("a hold is given up, and an unknown number is said to be unknown", async () => {
  const page = await stage.page("window", size);
  const departure = await soonest(stage.urls.api, station, "130606BD");
  await page.goto(`${stage.urls.window}/sale/${departure.id}?from=${station}&to=130606BD&station=${station}`);
  const who = person();
  await type(page, who.number);
  await type(page, who.name);
  await press(page, "Enter");
  await page.locator("#given").waitFor();
  await press(page, "F10");
  await page.locator(".st-released").waitFor();
  await press(page, "F4");
  await page.waitForURL(/find/);
  await type(page, "TK10000000000");
  await page.locator("#code-note:not(:empty)").waitFor();
  await page.context().close();
});
