// Where a face is given for one journey beside the staffed places: on the passenger's
// own phone, in a browser that has named a document of the order, and at a kiosk, of
// whose page nothing stays. Nothing is offered where the station compares no faces.
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { film, portrait } from "./film.mjs";
import { start } from "./harness.mjs";
import { sell } from "./sale.mjs";
import { switchOn } from "./switch.mjs";

const program = fileURLToPath(new URL("../bin/chepiao", import.meta.url));
const station = "130102SJZ";
const face = { file: "sample3.jpg", x: 1206, y: 428, near: 1.33 };
let stage;
let flags;
let folder;
const machines = [];
before(async () => {
  // A maker's decoder of the photos on cards: this one always makes the same picture.
  folder = await mkdtemp(join(tmpdir(), "chepiao-card-"));
  const picture = join(folder, "photo.jpg");
  const decoder = join(folder, "decode");
  await writeFile(decoder, `#!/bin/sh\ncat > /dev/null\nexec cat '${picture}'\n`, { mode: 0o700 });
  stage = await start({ command: [program, "demo", "--listen", "127.0.0.1:0", "--print-json", "--photo", decoder] });
  await writeFile(picture, await portrait(stage, face));
  flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${await film(stage, "her", face)}`];
});
after(async () => {
  for (const m of machines) await m.browser.close();
  await stage.stop();
  await rm(folder, { recursive: true, force: true });
});

const at = (path) => new URL(path, stage.urls.url).href;

async function machine(size, more) {
  const m = await stage.machine(flags, size, more);
  machines.push(m);
  m.page.setDefaultTimeout(30_000);
  return m.page;
}

const kept = async (ticket) => (await (await fetch(at(`/gate/face/cohort?station=${station}&gate=7&ticket=${ticket}`))).json()).faces.filter((f) => f.ticket === ticket).length;

const reader = (what) => put("kiosk", what);
const put = async (post, what) => assert.equal((await fetch(`${stage.urls.devices}/${post}/reader`, { method: "POST", body: JSON.stringify(what) })).status, 204);

async function give(page) {
  await page.check("[name=who][value=self]");
  await page.click("[data-act=enrol]");
  await page.locator("#face-says[data-done=enrol]").waitFor();
  assert.equal(await page.getAttribute("#face", "data-hint"), "enrolled", await page.textContent("#face-says"));
}

test("on a phone, by whoever named the document; taken back", { timeout: 120_000 }, async () => {
  const sold = await sell(stage.urls.api, { days: [1] });
  const link = at(`/o/${sold.order}/${sold.key}`);
  const phone = await machine("phone");
  await phone.goto(link);
  assert.ok(!(await phone.textContent("main")).includes("刷脸"), "the station compares no faces: nothing is offered");
  await switchOn(stage, station, "face_use");
  await phone.goto(link);
  await phone.locator(".by-face").waitFor();
  assert.equal((await phone.goto(`${link}/face/${sold.ticket}`)).status(), 403, "a link alone gives nobody's face");

  await phone.goto(at(`/passenger/find?order=${sold.order}`));
  await phone.fill("#order", sold.order);
  await phone.fill("#number", sold.who.number);
  await phone.click("button[type=submit]");
  await phone.waitForURL(/\/o\//);
  await phone.click(".by-face a");
  await phone.locator("#face-form").waitFor();
  await stage.axe(phone);
  await stage.shot(phone, "enrol-1-phone");
  await phone.click("[data-act=enrol]");
  assert.equal(await kept(sold.ticket), 0, "nobody has agreed");
  await give(phone);
  assert.equal(await kept(sold.ticket), 1);
  await stage.axe(phone);
  await phone.goto(link);
  assert.match(await phone.textContent(".by-face"), /已登记人脸/);
  await phone.click(".by-face a");
  await phone.click("[data-act=withdraw]");
  await phone.locator("#face-says[data-done=withdraw]").waitFor();
  assert.equal(await kept(sold.ticket), 0);
  const gone = await fetch(`${link}/face/${sold.ticket}`, { method: "POST", body: "{}" });
  assert.ok(gone.status >= 400, "not without the cookie of whoever named the document");
});

test("at a kiosk, of which nothing stays", { timeout: 120_000 }, async () => {
  const sold = await sell(stage.urls.api, { days: [1] });
  const page = await machine("window", { viewport: { width: 1080, height: 1920 } });
  await page.goto(`${stage.urls.kiosk}?station=${station}&lang=zh`);
  await page.locator("html[data-ready]").waitFor();
  await page.click("a[href^='/kiosk/tickets']");
  await page.locator("[data-card='/kiosk/tickets']").waitFor();
  await reader({ do: "put", other: { name: sold.who.name, number: sold.who.number, expires: "2035-05-20" } });
  await page.locator("a[href*='/kiosk/o/'], a[href$='/face'], .alert").first().waitFor();
  await page.locator("a[href*='/kiosk/o/']").first().click();
  await page.locator("a[href$='/face']").first().waitFor();
  await reader({ do: "take" });
  await page.click("a[href$='/face']");
  await page.locator("#face-form").waitFor();
  await stage.axe(page);
  await stage.shot(page, "enrol-2-kiosk");
  await give(page);
  await stage.axe(page);
  assert.equal(await kept(sold.ticket), 1);
  await page.click(".leave");
  await page.locator(".door.buy").waitFor();
  assert.equal(await page.locator("#face").count(), 0);
  assert.equal(await page.evaluate(() => document.querySelectorAll("video").length), 0, "the camera has gone with the page");
  await fetch(at(`/gate/face/enrol?ticket=${sold.ticket}`), { method: "DELETE" });
});

test("by the photo of the card on the reader, with a clerk beside; the camera then knows who it is", { timeout: 120_000 }, async () => {
  const sold = await sell(stage.urls.api, { days: [1] });
  const page = await machine("gate");
  await page.goto(at(`/gate/face?station=${station}&gate=7`));
  await page.fill("#face-ticket", sold.ticket);
  await page.check("[name=who][value=self]");
  assert.equal(await page.locator("[data-act=card]").isVisible(), false, "no card lies there");
  await put("gate", { do: "put", other: { name: sold.who.name, number: sold.who.number, expires: "2035-05-20" } });
  await page.locator("[data-act=card]").waitFor();
  await stage.axe(page);
  await stage.shot(page, "enrol-3-card");
  await page.click("[data-act=card]");
  await page.locator("#face-says[data-done=card]").waitFor();
  assert.equal(await page.getAttribute("#face", "data-hint"), "enrolled", await page.textContent("#face-says"));
  assert.equal(await kept(sold.ticket), 1);
  await put("gate", { do: "take" });
  await page.locator("[data-act=card]").waitFor({ state: "hidden" });
  await page.click("[data-act=verify]");
  await page.locator("#face-says[data-done=verify]").waitFor();
  const verdict = JSON.parse(await page.getAttribute("#face-says", "data-verdict"));
  assert.equal(verdict.face, "accepted", JSON.stringify(verdict));
  console.log(`# face: the camera's picture is ${verdict.claimed} from the card's photo of 102 by 126 pixels`);
});
