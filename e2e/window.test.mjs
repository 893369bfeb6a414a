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
  await page.keyboard.type(text, { delay: 45 }); // slower than a scanner that types
  await page.keyboard.press("Enter");
}

// act does something to a simulated part of the counter.
async function act(part, what) {
  const r = await fetch(`${stage.urls.devices}/window/${part}`, { method: "POST", body: JSON.stringify(what) });
  assert.equal(r.status, 204, await r.text());
}

// printed is how many slips came out of the window's printer.
async function printed() {
  const { posts } = await (await fetch(`${stage.urls.devices}/state`)).json();
  return posts.window.printer.slips.length;
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
  await page.locator("#slip[data-state=done]").waitFor(); // printed by itself
  assert.match(await page.textContent("#last .change b"), /^¥\d+\.\d\d$/);
  await focusOn(page, "to"); // ready for the next customer
  await stage.axe(page);
  await stage.shot(page, "window-6-sold");
  await press(page, "F7");
  await page.locator(".slip svg").first().waitFor();
  assert.equal(await page.locator(".slip svg").count(), 2);
  await stage.axe(page);
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
  const both = await page.locator(".total.change b").innerText();
  await press(page, "1"); // the adult stays: a child would not stay alone
  await page.waitForFunction((both) => document.querySelectorAll("input[name=ticket]:checked").length === 1 && document.querySelector(".total.change b").textContent !== both, both);
  await stage.axe(page);
  await stage.shot(page, "window-9-refund");
  await press(page, "F8");
  await page.locator(".st-refunded").first().waitFor();
  assert.equal(await page.locator(".st-valid").count(), 1);
  await stage.shot(page, "window-10-refunded");
  await page.context().close();
});

test("a card on the reader: a whole sale in at most twelve keys", async () => {
  const page = await stage.page("window", size);
  await page.goto(`${stage.urls.window}?station=${station}`);
  await page.locator("#devices [data-part=reader].ready").waitFor();
  let strokes = 0;
  const hit = async (...keys) => {
    for (const key of keys) {
      await page.locator("html[data-ready]").waitFor();
      await page.keyboard.press(key, { delay: 20 });
      await page.waitForTimeout(45); // nobody types faster
      strokes++;
    }
  };
  const one = person();
  const before = await printed();
  await focusOn(page, "to");
  await hit("b", "d", "Enter");
  await page.locator("#departures table").waitFor();
  await page.waitForFunction(() => document.activeElement.closest("tr[data-link]"));
  await hit("PageDown"); // tomorrow: today's coaches leave while the test runs
  await page.waitForFunction(() => /明|周|日/.test(document.querySelector(".sumline")?.textContent) && document.activeElement.closest("tr"));
  await hit("2");
  await page.locator("#sale").waitFor();
  await act("reader", { do: "put", other: { name: one.name, number: one.number } });
  await page.waitForFunction((n) => document.getElementById("p0_number").value === n, one.number);
  assert.equal(await page.inputValue("#p0_name"), one.name);
  await page.locator("#p0-says .good").waitFor(); // the server has judged it
  await stage.axe(page);
  await stage.shot(page, "window-card");
  await hit("Enter");
  await page.locator("#given").waitFor();
  await focusOn(page, "given");
  await hit("ArrowUp", "ArrowUp", "Enter"); // the next note above what is due
  await page.locator("#slip[data-state=done]").waitFor();
  await act("reader", { do: "take" });
  assert.ok(strokes <= 12, `${strokes} keys`);
  assert.equal(await printed(), before + 1, "one slip");
  await page.locator("#devices [data-part=drawer].open").waitFor(); // for the change
  await page.reload();
  await page.waitForTimeout(800);
  assert.equal(await printed(), before + 1, "loading the page again prints nothing");
  // Undone within its minutes, by two keys.
  await press(page, "F10");
  await press(page, "Enter");
  await page.locator(".st-voided").waitFor();
  await stage.shot(page, "window-undone");
  // And the same card finds its ticket.
  await press(page, "F4");
  await page.waitForURL(/find/);
  await page.locator("#devices [data-part=reader].ready").waitFor();
  await page.waitForTimeout(3000); // a card that flutters on the reader is read once: this one was taken away
  await act("reader", { do: "put", other: { name: one.name, number: one.number } });
  await page.locator("tr[data-link]").waitFor();
  assert.ok(!page.url().includes(one.number));
  await act("reader", { do: "take" });
  await page.context().close();
});

test("several customers at once, a family by cards, and a card that comes before the departure", async () => {
  const page = await stage.page("window", size);
  await page.goto(`${stage.urls.window}?station=${station}`);
  await page.locator("#devices [data-part=reader].ready").waitFor();
  const [one, two, three] = [person(), person(), person()];
  const lay = async (who) => {
    await act("reader", { do: "put", other: { name: who.name, number: who.number } });
    await page.waitForFunction((n) => [...document.querySelectorAll("input.number")].some((i) => i.value === n), who.number);
    await act("reader", { do: "take" });
  };
  const departure = await soonest(stage.urls.api, station, "130606BD");
  const sale = `${stage.urls.window}/sale/${departure.id}?from=${station}&to=130606BD`;
  await act("reader", { do: "put", other: { name: one.name, number: one.number } });
  await page.locator("#told", { hasText: "已读证件" }).waitFor();
  assert.ok(!(await page.textContent("#told")).includes(one.number) && !(await page.textContent("#told")).includes(one.name));
  await page.goto(sale);
  await page.waitForFunction((n) => document.getElementById("p0_number").value === n, one.number);
  await act("reader", { do: "take" });
  await lay(two); // adds a row
  assert.equal(await page.inputValue("#p1_name"), two.name);
  await page.waitForTimeout(3000); // a card that flutters on the reader is read once: this one was taken away
  await act("reader", { do: "put", other: { name: two.name, number: two.number } });
  await page.locator("#told.wrong", { hasText: "已在本单中" }).waitFor(); // the same card again adds nobody
  await act("reader", { do: "take" });
  assert.equal(await page.locator("tr[data-row]").count(), 2);
  await press(page, "F8");
  await page.locator("#given").waitFor();
  const first = page.url();

  await press(page, "F2"); // the first looks for money, the next is served
  await page.waitForURL((u) => u.pathname === "/window");
  await page.locator(".under-way a time").first().waitFor();
  await page.goto(sale);
  await lay(three);
  await press(page, "F8");
  await page.locator("#given").waitFor();
  await page.locator(".under-way a[aria-current]").waitFor();
  assert.equal(await page.locator(".under-way a:not(.next)").count(), 2);
  await stage.axe(page);
  await stage.shot(page, "window-several");
  await press(page, "F11");
  await page.waitForURL(first);
  await focusOn(page, "given");
  await press(page, "F8"); // counted exactly
  await page.locator("#slip[data-state=done]").waitFor();
  assert.equal(await page.locator(".under-way a:not(.next)").count(), 1);
  await press(page, "F12"); // same journey, new passengers
  await page.locator("#sale").waitFor();
  assert.ok(page.url().includes(departure.id));
  assert.equal(await page.inputValue("#p0_number"), "");
  await page.context().close();
});

test("a customer pays by phone", async () => {
  const page = await stage.page("window", size);
  await page.goto(`${stage.urls.window}?station=${station}`);
  const departure = await soonest(stage.urls.api, station, "130606BD");
  await page.goto(`${stage.urls.window}/sale/${departure.id}?from=${station}&to=130606BD&station=${station}`);
  const who = person();
  await type(page, who.number);
  await type(page, who.name);
  await press(page, "Enter");
  await page.locator("#given").waitFor();
  await press(page, "F5");
  await page.locator(".pay-code").waitFor();
  await page.locator("#paying .wait").waitFor();
  await stage.axe(page);
  await stage.shot(page, "window-pay-code");
  await press(page, "F10"); // in cash after all
  await page.locator("#given").waitFor();
  await press(page, "F8");
  await page.locator("#slip[data-state=done]").waitFor();
  await page.context().close();
});

test("without a reader and with a jam the sale goes on", async () => {
  const page = await stage.page("window", size);
  await page.goto(`${stage.urls.window}?station=${station}`);
  const departure = await soonest(stage.urls.api, station, "130606BD");
  await page.goto(`${stage.urls.window}/sale/${departure.id}?from=${station}&to=130606BD`);
  await act("reader", { do: "plug", on: false });
  await page.locator("#devices [data-part=reader].absent").waitFor();
  await act("printer", { do: "stick", text: "jam" });
  const who = person();
  await type(page, who.number);
  await type(page, who.name);
  await press(page, "Enter");
  await page.locator("#given").waitFor();
  await press(page, "Enter");
  await page.locator("#last").waitFor(); // the next customer can be served
  await focusOn(page, "to");
  await page.locator("#devices .device.jam, #devices .device.ask").first().waitFor();
  await stage.axe(page);
  await stage.shot(page, "window-jam");
  await act("printer", { do: "clear" });
  await page.locator("#devices [data-word=again]").focus();
  await press(page, "Enter");
  await page.locator("#slip[data-state=done]").waitFor();
  await act("reader", { do: "plug", on: true });
  await page.context().close();
});

test("every key on one sheet", async () => {
  const page = await stage.page("window", size);
  await page.goto(`${stage.urls.window}?station=${station}`);
  await focusOn(page, "to");
  await press(page, "?");
  await page.locator("#shortcuts[open]").waitFor();
  await stage.axe(page);
  await stage.shot(page, "window-keys");
  await press(page, "Escape");
  await page.locator("#shortcuts:not([open])").waitFor({ state: "attached" });
  assert.equal(await page.inputValue("#to"), "", "the question mark is no station");
  await page.context().close();
});

test("a clerk practises, and nothing of it is real", async () => {
  const page = await stage.page("window", size);
  await page.goto(new URL("/staff?next=/window/practice", stage.urls.window).href);
  await page.locator('button:has-text("1001")').click();
  await page.waitForURL(/practice/);
  await press(page, "Enter");
  await page.locator(".practising").waitFor();
  await stage.axe(page);
  await stage.shot(page, "window-practice");
  const slips = await printed();
  const departure = await soonest(stage.urls.api, station, "130606BD");
  assert.equal((await page.goto(new URL("/shift", stage.urls.window).href)).status(), 200);
  await page.locator(".practising").waitFor();
  assert.ok(departure.id);
  assert.equal(await printed(), slips);
  await page.locator(".practising button").focus();
  await press(page, "Enter");
  await page.waitForURL((u) => u.pathname === "/window");
  assert.equal(await page.locator(".practising").count(), 0);
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
