// A gate with a camera instead of a scanner: Chromium's own fake camera shows a film in
// which a passenger holds a phone with the voucher before it, and nothing in between.
import assert from "node:assert/strict";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { start } from "./harness.mjs";
import { sell } from "./sale.mjs";

const station = "130102SJZ";
const [width, height, fps] = [640, 480, 10];
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

// shown is the voucher as the passenger's phone shows it, a little askew, as a grey picture.
async function shown(sold) {
  const phone = await stage.page("phone");
  await phone.goto(`${new URL(stage.urls.passenger).origin}/o/${sold.order}/${sold.key}`);
  await phone.locator(".code svg").first().waitFor();
  const grey = await phone.evaluate(
    async ([w, h]) => {
      const svg = document.querySelector(".code svg").cloneNode(true);
      svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
      svg.setAttribute("width", 300);
      svg.setAttribute("height", 300);
      const picture = new Image();
      picture.src = "data:image/svg+xml;base64," + btoa(unescape(encodeURIComponent(svg.outerHTML)));
      await picture.decode();
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [w, h];
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#556";
      pen.fillRect(0, 0, w, h);
      pen.translate(w / 2, h / 2);
      pen.rotate(0.12);
      pen.fillStyle = "#fff";
      pen.fillRect(-180, -180, 360, 360);
      pen.drawImage(picture, -150, -150, 300, 300);
      const data = pen.getImageData(0, 0, w, h).data;
      return Array.from({ length: w * h }, (_, i) => Math.round(0.3 * data[4 * i] + 0.59 * data[4 * i + 1] + 0.11 * data[4 * i + 2]));
    },
    [width, height],
  );
  await phone.context().close();
  return Buffer.from(grey);
}

// film writes what the camera will see, again and again: nothing for a second, then the voucher.
async function film(picture) {
  const path = join(stage.home, "camera.y4m");
  const file = await open(path, "w");
  const colour = Buffer.alloc(width * height / 2, 128);
  const nothing = Buffer.alloc(width * height, 90);
  await file.write(`YUV4MPEG2 W${width} H${height} F${fps}:1 Ip A1:1 C420jpeg\n`);
  for (let i = 0; i < 6 * fps; i++) await file.writev([Buffer.from("FRAME\n"), i < fps ? nothing : picture, colour]);
  await file.close();
  return path;
}

// stand opens the gate's page at the station.
async function stand(page) {
  await page.goto(stage.urls.gate);
  await page.selectOption("#station", station);
  await page.click("button[type=submit]");
  await page.locator("#verdict.idle").waitFor();
}

test("a code before the camera is a scan, once while it stays", async () => {
  const sold = await sell(stage.urls.api, { days: [1] }); // tomorrow's: the gate says that it is too early, by name
  const path = await film(await shown(sold));
  const flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${path}`];
  const { browser, page } = await stage.machine(flags);
  try {
    await stand(page);
    let asked = 0;
    page.on("request", (r) => (asked += r.method() === "POST" && r.url().includes("/gate/check") ? 1 : 0));
    const sent = [];
    page.on("request", (r) => r.method() === "POST" && sent.push(r.postData() ?? ""));
    await page.click("#camera-on");
    await page.locator("#verdict:not(.idle)").waitFor();
    await page.locator("#camera.seen").waitFor();
    const says = (await page.textContent("#verdict")).replace(/\s+/g, " ");
    assert.match(says, /欧阳|\d{4}/, "the ticket was found");
    await stage.axe(page);
    await stage.shot(page, "gate-camera-1-read");
    await page.waitForFunction(() => Number(document.getElementById("camera").dataset.median) > 0);
    await page.waitForTimeout(2000); // the code stays before the camera: nothing new happens
    assert.equal(asked, 1, "a code that stays is one scan");
    assert.ok(sent.every((body) => body.length < 4096), "no picture leaves the page");
    const median = Number(await page.getAttribute("#camera", "data-median"));
    console.log(`# a code is read from a picture of ${width} × ${height} in ${median} ms (median)`);
    assert.ok(median < 600, `reading takes ${median} ms`);
    await page.click("#camera [data-close]");
    assert.equal(await page.isVisible("#camera"), false);
  } finally {
    await browser.close();
  }
});

test("without a camera the page says what to do", async () => {
  const page = await stage.page("gate");
  await stand(page);
  await page.click("#camera-on");
  await page.locator("#camera [role=status]", { hasText: /没有找到摄像头|未允许/ }).waitFor();
  await stage.axe(page);
  await stage.shot(page, "gate-camera-2-none");
  await page.context().close();
});
