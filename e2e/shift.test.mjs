// A clerk's shift by keyboard: numbered paper comes in, the shift is opened, a ticket
// is sold and refunded, a receipt jams and goes onto the next sheet, the drawer is
// five yuan short, and the supervisor signs at the same screen.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { person } from "./sale.mjs";

const station = "130102SJZ";
let stage;
let page;
before(async () => {
  stage = await start();
  page = await stage.page("window", { viewport: { width: 1024, height: 768 } });
});
after(() => stage.stop());

const at = (path) => new URL(path, stage.urls.window).href;
const ready = () => page.locator("html[data-ready]").waitFor();

async function press(key) {
  await ready();
  await page.keyboard.press(key);
}

// signIn takes the demo's one button a person.
async function signIn(no) {
  await page.context().clearCookies({ name: "staff" });
  await page.goto(at("/staff?next=/shift"));
  await page.locator(`button:has-text("${no}")`).click();
  await page.waitForURL("**/shift");
  await ready();
}

// fits: nothing of the page is cut off at 1024×768, and axe has nothing to say.
async function looked(name) {
  await ready();
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} fits`);
  await stage.axe(page);
  await stage.shot(page, name);
}

test("a delivery of paper, and a shift that begins with some of it", async () => {
  await signIn("4001");
  await press("F6");
  await page.waitForURL("**/shift/stock");
  await press("F3");
  await page.keyboard.type("A0001", { delay: 50 });
  await press("Tab");
  await page.keyboard.type("A0100", { delay: 50 });
  await press("Enter");
  await page.locator(".said").waitFor();
  await signIn("1001");
  await page.waitForFunction(() => document.activeElement.id === "float");
  await page.keyboard.type("200");
  await press("F7"); // the first delivery
  await page.fill("#sheets", "10");
  await looked("shift-1-open");
  await press("F8");
  await page.locator(".said").waitFor();
  assert.match(await page.textContent("main"), /A0001–A0010/);
});

// sell sells one ticket for cash and answers the order's address.
async function sell() {
  const who = person();
  await page.goto(at(`/window?station=${station}`));
  await page.waitForFunction(() => document.activeElement.id === "to");
  await page.keyboard.type("bd", { delay: 60 });
  await press("Enter");
  await page.locator("#departures tbody tr").first().waitFor();
  await press("PageDown"); // tomorrow
  await page.waitForFunction(() => /明|周|日/.test(document.querySelector(".sumline")?.textContent) && document.activeElement.closest("tr"));
  await press("Enter");
  await page.locator("#p0_number").waitFor();
  await page.fill("#p0_number", who.number);
  await page.fill("#p0_name", who.name);
  await press("F8");
  await page.locator("#given").waitFor();
  const order = new URL(page.url()).pathname;
  await press("F8");
  await page.waitForURL((url) => url.pathname !== order || url.search.includes("given"));
  return order;
}

test("a sale, a receipt that jams, its surrender and the refund", async () => {
  const order = await sell();
  await page.goto(at(order));
  await page.locator("td a[href*='/t/']").first().click();
  await page.waitForURL("**/t/**");
  const ticket = new URL(page.url()).pathname;
  await page.check("input[name=early]");
  await looked("shift-2-receipt");
  await press("F9");
  await page.waitForURL("**done=receipt");
  assert.match(await page.textContent("main"), /A0001/);
  await press("F5"); // it jammed
  await page.waitForURL("**/shift?no=A0001");
  await page.fill("#why", "卡纸");
  await page.focus("#why");
  await press("Enter");
  await page.waitForURL(`**${ticket}`);
  await page.check("input[name=early]");
  await press("F9");
  await page.waitForURL("**done=receipt");
  assert.match(await page.textContent("main"), /A0002/);

  await page.goto(at("/shift"));
  await looked("shift-3-at-work");
  await press("F3");
  await page.keyboard.type("A0002", { delay: 50 });
  await press("Enter");
  await page.waitForURL("**/refund");
  await page.check("input[name=ticket]");
  await page.waitForFunction(() => !document.querySelector("[data-main]").disabled);
  await press("F8");
  await page.waitForURL(`**${order}`);
});

test("cash is handed in; five yuan are missing at the end, and the supervisor signs", async () => {
  await sell();
  await page.goto(at("/shift"));
  await press("F7");
  await page.keyboard.type("100");
  await press("Enter");
  await page.locator(".said").waitFor();
  const drawer = Number((await page.textContent(".head .free")).match(/¥([\d.]+)/)[1]);
  await press("F8");
  await page.waitForURL("**/shift/close");
  await page.keyboard.type((drawer - 5).toFixed(2));
  await press("Enter"); // to the numbers of the paper
  await page.keyboard.type("A0005", { delay: 50 }); // A0003 and A0004 are not there
  await press("F7");
  await page.keyboard.type("少收5元", { delay: 50 });
  await looked("shift-4-count");
  await press("F8");
  await page.waitForURL("**/shift/s/**");
  assert.match(await page.textContent(".sheet"), /¥-5\.00/);
  assert.match(await page.textContent(".sheet"), /A0003–A0004/);
  await page.fill("#approve_staff", "1001");
  await page.fill("#approve_password", "whatever1");
  await press("F8");
  await page.locator("#approve_staff-note:not(:empty), #approve_password-note:not(:empty)").first().waitFor();
  await looked("shift-5-sheet");

  await signIn("4001");
  await press("F9");
  await page.waitForURL("**/shift/list");
  await looked("shift-6-list");
  await press("1");
  await page.waitForURL("**/shift/s/**");
  await press("F8");
  await page.locator("text=工号 4001 已签字").waitFor();
  await page.emulateMedia({ media: "print" });
  await stage.shot(page, "shift-7-printed");
  await page.emulateMedia({ media: "screen" });
  await press("F6");
  await page.waitForURL("**/shift/stock");
  await looked("shift-8-stock");
  assert.match(await page.textContent("tbody"), /A0003–A0004/);
});
