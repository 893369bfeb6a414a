// Large print on the smallest phone, in both languages: nothing is lost, nothing
// stands beside the screen, axe has nothing serious to say, and the whole way
// from the search to a refund works.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { at, fits, from, hold, pay } from "./phone.mjs";

let stage;
before(async () => (stage = await start(process.env.CHEPIAO ? { command: [process.env.CHEPIAO, "demo", "--listen", "127.0.0.1:0", "--print-json"] } : {})));
after(() => stage.stop());

for (const [lang, locale] of [["zh", "zh-CN"], ["en", "en-GB"]]) {
  test(`large print from search to refund, ${lang}`, async () => {
    const page = await stage.page("small", { locale });
    const good = async (name) => {
      await fits(page);
      await stage.axe(page);
      await stage.shot(page, `large-${lang}-${name}`);
    };
    await page.goto(at(stage, "/passenger"));
    await fits(page);
    const size = () => page.locator(".mark").evaluate((e) => e.getBoundingClientRect().height);
    const small = await size();
    await page.click("a.size");
    await page.waitForURL(/large=1/); // and its styles are there
    assert.ok((await size()) / small > 1.3, "it is a third larger");
    await good("1-search");
    const order = await hold(stage, page, { nth: lang === "zh" ? 4 : 5 });
    await good("2-hold");
    await pay(page, order);
    await good("3-ticket");
    await page.click(".who-card button");
    await page.locator(".who-card b").waitFor();
    for (const [name, path] of [["4-refund", "/refund"], ["5-rebook", "/rebook"]]) {
      await page.goto(order + path);
      await good(name);
    }
    for (const [name, path] of [["6-guide", `/guide/${from}`], ["7-orders", "/passenger/orders"], ["8-find", "/passenger/find"]]) {
      await page.goto(at(stage, path));
      await good(name);
    }
    await page.goto(order + "/refund");
    await page.click("#refund button[type=submit]");
    await page.waitForURL(order);
    await page.click("a.size");
    await page.waitForURL(/large=0/);
    assert.equal(await page.locator("html.large").count(), 0);
    await page.context().close();
  });
}

test("the keyboard reaches everything in order", async () => {
  const page = await stage.page("phone");
  await page.goto(at(stage, "/passenger"));
  const seen = [];
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press("Tab");
    seen.push(await page.evaluate(() => document.activeElement.id || document.activeElement.classList[0]));
  }
  assert.equal(seen[0], "skip");
  assert.ok(seen.includes("from") && seen.indexOf("from") < seen.indexOf("turn") && seen.indexOf("turn") < seen.indexOf("to"), seen.join(" "));
  await page.context().close();
});
