// What tests of the passenger's phone share: the way from the search to a paid
// ticket, and the pages around it.
import { person } from "./sale.mjs";

/** The address of a page of the node. */
export const at = (stage, path) => new URL(path, stage.urls.url).href;

export const from = "130102SJZ";
export const to = "130606BD";

/** Goes from the list of a day to the page of a held order, whose address it answers. */
export async function hold(stage, page, { day = 1, nth = 0, people = [person()] } = {}) {
  await page.goto(at(stage, `/passenger?from_code=${from}&to_code=${to}&from=1&to=1`));
  await page.locator(".strip label").nth(day).click();
  await page.click("button[type=submit]");
  await page.locator("a.offer:not(:has(.flow))").nth(nth).click();
  for (const [i, who] of people.entries()) {
    if (i) {
      await page.click("button.add");
      await page.locator(`#p${i}_name`).waitFor();
    }
    await page.fill(`#p${i}_name`, who.name);
    await page.fill(`#p${i}_number`, who.number);
  }
  await page.click(".pay-bar button");
  await page.locator(".clock").waitFor();
  return page.url();
}

/** Pays a held order in the practice wallet and waits for its codes. */
export async function pay(page, order) {
  const practice = page.locator(".pay-ways input[value=sandbox]");
  if (await practice.count()) await practice.check();
  await page.click(".pay-bar button");
  await page.waitForURL((u) => u.origin !== new URL(order).origin);
  await page.click("button[value=success]");
  await page.waitForURL(order);
  await page.locator(".code svg").first().waitFor();
}

/** Nothing stands beside the screen. */
export async function fits(page) {
  const [has, may] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (has > may) throw new Error(`${page.url()} is ${has} pixels wide on a screen of ${may}`);
}
