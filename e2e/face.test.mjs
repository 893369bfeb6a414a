// Faces at the gate: a passenger agrees and gives one for this journey, is known by it
// at the gate, somebody else is sent to the staff, a picture
// that does not move is not believed, and no picture ever leaves the browser. The faces are cut from the example pictures inside
// the npm package of the model (node_modules, MIT); none is in this repository.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { film as show } from "./film.mjs";
import { start } from "./harness.mjs";
import { sell } from "./sale.mjs";
import { switchOn } from "./switch.mjs";

const station = "130102SJZ";
// Where the faces are, and how near they stand: one who gives hers, the same in the hall, and another.
const enrolled = { file: "sample3.jpg", x: 1206, y: 428, near: 1.33 };
const later = { ...enrolled, near: 0.9, x: 1180 };
const other = { file: "sample6.jpg", x: 1305, y: 418, near: 1.33 };
let stage;
const film = (name, who, frames) => show(stage, name, who, frames);
const machines = [];
before(async () => (stage = await start()));
after(async () => {
  for (const m of machines) await m.browser.close();
  await stage.stop();
});

// machine is a gate with a camera that shows a film. Whatever it sends is kept.
const sent = [];
async function machine(path) {
  const m = await stage.machine(["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${path}`]);
  machines.push(m);
  m.page.on("request", (r) => r.postDataBuffer() && sent.push({ url: r.url(), body: r.postDataBuffer() }));
  m.page.setDefaultTimeout(30_000);
  return m.page;
}

// act presses a button of the page where faces are given and waits for its end.
async function act(page, name, ticket) {
  await page.fill("#face-ticket", ticket);
  await page.check("[name=who][value=self]");
  await page.click(`[data-act=${name}]`);
  await page.locator(`#face-says[data-done=${name}]`).waitFor();
  return page.evaluate(() => ({
    hint: document.getElementById("face").dataset.hint, says: document.getElementById("face-says").textContent, ready: Number(document.getElementById("face").dataset.ready),
    took: JSON.parse(document.getElementById("face").dataset.took ?? "[]"), verdict: JSON.parse(document.getElementById("face-says").dataset.verdict ?? "{}"),
  }));
}

let gate; // where the next coach boards
const giving = () => `gate/face?station=${station}&gate=${gate}`;
const at = (path) => new URL("/" + path, stage.urls.gate).href;

// claim types a ticket's number at the gate and answers with the last light.
async function claim(page, ticket, light) {
  await page.fill("#code", ticket);
  await page.keyboard.press("Enter");
  await page.locator(`#verdict[data-light=${light}]:not([data-reason=NEED_ID])`).waitFor();
  return page.evaluate(() => ({ reason: document.getElementById("verdict").dataset.reason, face: JSON.parse(document.getElementById("face").dataset.verdict ?? "{}") }));
}

test("off by default; given, known, refused to nobody, taken back", { timeout: 180_000 }, async () => {
  const one = await sell(stage.urls.api);
  const two = await sell(stage.urls.api);
  gate = one.departure.gate || "7"; // one that has none boards anywhere
  const desk = await stage.page("gate");
  await desk.goto(at(giving()));
  assert.match(await desk.textContent("main"), /未启用人脸核验/);
  assert.equal((await desk.request.get(at(`gate/face/cohort?station=${station}&gate=${gate}&ticket=${one.ticket}`))).status(), 404);
  await stage.axe(desk);

  await switchOn(stage, station, "face_use");

  const her = await machine(await film("her", enrolled));
  await her.goto(at(giving()));
  await stage.axe(her);
  const gave = await act(her, "enrol", one.ticket);
  assert.equal(gave.hint, "enrolled", `${gave.hint} ${gave.says}`);
  assert.match(await her.textContent("#face-kept"), /1 份/);
  await stage.shot(her, "face-1-given");
  const median = gave.took.toSorted((a, b) => a - b)[gave.took.length >> 1];
  console.log(`# face: ready in ${gave.ready} ms; a frame in ${median} ms (median of ${gave.took.length})`);

  const same = await act(her, "verify", one.ticket);
  assert.equal(same.verdict.face, "accepted", JSON.stringify(same));
  assert.equal(same.verdict.rule, "face_few_claimed", "few are enrolled: the stricter distance");
  assert.ok(same.verdict.claimed < 250, `her own picture is ${same.verdict.claimed} away`);

  const stranger = await machine(await film("stranger", other));
  await stranger.goto(at(giving()));
  const tried = await act(stranger, "verify", one.ticket);
  assert.equal(tried.verdict.face, "referred", JSON.stringify(tried));
  assert.ok(tried.verdict.claimed > 600, `somebody else is ${tried.verdict.claimed} away`);
  assert.equal((await act(stranger, "enrol", two.ticket)).hint, "enrolled");

  await stranger.goto(at(`gate?station=${station}&gate=${gate}`));
  await stranger.locator("#face[data-ready]").waitFor({ state: "attached" });
  const refused = await claim(stranger, one.ticket, "amber");
  assert.equal(refused.reason, "FACE_NO_MATCH", JSON.stringify(refused));
  assert.match(await stranger.textContent("#verdict"), /请刷证件/);
  await stage.axe(stranger);
  await stage.shot(stranger, "face-2-see-staff");

  const again = await machine(await film("again", later));
  await again.goto(at(`gate?station=${station}&gate=${gate}`));
  await again.locator("#face[data-ready]").waitFor({ state: "attached" });
  const passed = await claim(again, one.ticket, "green");
  assert.equal(passed.face.face, "accepted", JSON.stringify(passed));
  console.log(`# face: the same face from farther away: ${passed.face.claimed}, the other enrolled: ${passed.face.nearest}; ${passed.face.ms} ms from claim to answer`);
  await stage.axe(again);
  await stage.shot(again, "face-3-green");

  await stranger.goto(at(giving()));
  assert.equal((await act(stranger, "withdraw", two.ticket)).hint, "withdrawn");
  const left = await (await desk.request.get(at(`gate/face/cohort?station=${station}&gate=${gate}&ticket=${two.ticket}`))).json();
  assert.equal(left.faces.filter((f) => f.ticket === two.ticket).length, 0);

  // Without a claim: recognised among the coach's passengers, and still asked.
  const three = await sell(stage.urls.api);
  await switchOn(stage, station, "face_walkup");
  assert.equal((await act(her, "withdraw", one.ticket)).hint, "withdrawn"); // one face on two tickets is nearer to nobody
  await her.check("[name=counts]");
  assert.equal((await act(her, "enrol", three.ticket)).hint, "enrolled");
  await again.goto(at(`gate?station=${station}&gate=${gate}&departure=${three.departure.id}`));
  await again.locator("#face[data-ready]").waitFor({ state: "attached" });
  await again.keyboard.press("F7");
  await again.locator("#verdict[data-reason=FACE_CONFIRM]").waitFor();
  assert.match(await again.textContent("#verdict"), /请确认是您本人/);
  await stage.axe(again);
  await stage.shot(again, "face-5-walk-up");
  await again.keyboard.press("F2");
  await again.locator("#verdict[data-light=green]").waitFor();
  await desk.goto(new URL(`/desk/faces?station=${station}`, stage.urls.url).href);
  assert.match(await desk.textContent("table:has(caption)"), /看脸通过/);
  await stage.axe(desk);
  await stage.shot(desk, "face-6-counts");

  const still = await machine(await film("still", enrolled, 1));
  await still.goto(at(giving()));
  assert.equal((await act(still, "enrol", two.ticket)).hint, "still", "a picture that does not move is not believed");
  await stage.shot(still, "face-4-still");

  const enrolments = sent.filter((s) => s.url.includes("/gate/face/enrol"));
  assert.equal(enrolments.length, 3);
  for (const { url, body } of sent) {
    assert.ok(body.length < 2048, `${url} sent ${body.length} bytes`);
    for (const magic of [[0xff, 0xd8, 0xff], [0x89, 0x50, 0x4e, 0x47], [...Buffer.from("data:image")], [...Buffer.from("/9j/")]])
      assert.equal(body.includes(Buffer.from(magic)), false, `a picture went to ${url}`);
  }
  for (const { body } of enrolments) assert.equal(Buffer.from(JSON.parse(body).template, "base64").length, 512);
});
