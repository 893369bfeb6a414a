// What stands on a counter, acted by simulated devices: a card is put on the
// reader and the page has it; plugs are pulled and put back; the printer jams and
// asks; a scanner that types does not type into fields. And the program that runs
// beside a browser: nothing without its token, everything with it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, test } from "node:test";
import { createInterface } from "node:readline";
import { start } from "./harness.mjs";
import { sell } from "./sale.mjs";

const station = "130102SJZ";
const program = fileURLToPath(new URL("../bin/chepiao", import.meta.url));
let stage;
before(async () => (stage = await start()));
after(() => stage.stop());

// act does something to a simulated part.
async function act(post, part, what) {
  const r = await fetch(`${stage.urls.devices}/${post}/${part}`, { method: "POST", body: JSON.stringify(what) });
  assert.equal(r.status, 204, await r.text());
}

// gate opens a gate's page, ready to check.
async function gate(url = stage.urls.gate) {
  const page = await stage.page("gate");
  await page.goto(url);
  await page.selectOption("#station", station);
  await page.click("button[type=submit]");
  await page.locator("#verdict.idle").waitFor();
  return page;
}

const part = (page, name, state) => page.locator(`#devices [data-part=${name}].${state}`).waitFor();

test("a card on the reader opens the gate; plugs are pulled and put back", async () => {
  const page = await gate();
  await part(page, "reader", "ready");
  await part(page, "scanner", "ready");
  const one = await sell(stage.urls.api);
  await act("gate", "reader", { do: "put", other: { name: one.who.name, number: one.who.number } });
  await page.locator("#verdict.green").waitFor();
  const says = await page.textContent("#verdict");
  assert.ok(says.includes(one.who.number.slice(-4)) && !says.includes(one.who.number), "masked, with the last four");
  await stage.axe(page);
  await stage.shot(page, "device-gate");
  await act("gate", "reader", { do: "take" });

  await act("gate", "reader", { do: "plug", on: false });
  await part(page, "reader", "absent");
  await act("gate", "scanner", { do: "plug", on: false });
  await part(page, "scanner", "absent");
  await stage.shot(page, "device-gate-unplugged");
  await act("gate", "reader", { do: "plug", on: true });
  await act("gate", "scanner", { do: "plug", on: true });
  await part(page, "reader", "ready");
  await part(page, "scanner", "ready");

  const two = await sell(stage.urls.api);
  await act("gate", "scanner", { do: "scan", text: two.code });
  await page.locator("#verdict").filter({ hasText: two.who.number.slice(-4) }).waitFor();

  for (const fault of ["unreadable", "silent"]) {
    await act("gate", "reader", { do: "fault", text: fault });
    await act("gate", "reader", { do: "put", card: 1 });
    await part(page, "reader", "fault");
    await act("gate", "reader", { do: "take" });
    await act("gate", "reader", { do: "fault", text: "" });
    await part(page, "reader", "ready");
  }
});

// printed is what came out, whole or torn, the newest first.
async function printed(post) {
  const { posts } = await (await fetch(`${stage.urls.devices}/state`)).json();
  return Promise.all(
    posts[post].printer.slips.map(async (s) => ({ ...s, text: await (await fetch(`${stage.urls.devices}/${post}/slips/${s.no}?as=text`)).text() })),
  );
}

const slip = (name) => `\x1b@${`line of ${name}\n\x1b!\0`.repeat(6)}\x1dV\x41\0`;

// post sends a slip from within a page, as device.ts does.
const post = (page, id) =>
  page.evaluate(
    async ([id, body]) => (await fetch("/device/gate/print", { method: "POST", headers: { Job: id, "Content-Type": "application/vnd.escpos" }, body })).status,
    [id, slip(id)],
  );

test("a slip that jams is printed again only when somebody says so", async () => {
  const page = await gate();
  await part(page, "printer", "ready");
  await act("gate", "printer", { do: "stick", text: "jam" });
  assert.equal(await post(page, "first"), 202);
  await part(page, "printer", "jam");
  await act("gate", "printer", { do: "clear" });
  const asks = page.locator("#devices [data-job=first].ask");
  await asks.waitFor();
  await stage.axe(page);
  await stage.shot(page, "device-asks");
  await page.reload(); // whoever comes next finds the question still there
  await asks.waitFor();
  assert.deepEqual((await printed("gate")).map((s) => s.torn), [true], "nothing was printed by itself");
  await asks.locator("[data-word=again]").click();
  await page.locator("#devices:not(:has([data-job]))").waitFor();
  const [again] = await printed("gate");
  assert.match(again.text, /重打 REPRINT[^]*line of first/);

  await act("gate", "printer", { do: "paper", left: 0 });
  await part(page, "printer", "out");
  await post(page, "second");
  await page.locator("#devices [data-job=second].waiting").waitFor();
  await act("gate", "printer", { do: "paper", left: 60 });
  await page.locator("#devices:not(:has([data-job]))").waitFor();
  const all = await printed("gate");
  assert.equal(all.length, 3);
  assert.doesNotMatch(all[0].text, /REPRINT/);
  await act("gate", "printer", { do: "paper", left: 3 });
  await page.locator("#devices [data-part=paper].low").waitFor();
});

test("the panel puts cards on, scans, and shows what was printed", async () => {
  const page = await stage.page("window");
  const { order } = await sell(stage.urls.api);
  await page.goto(`${stage.urls.devices}?post=gate`);
  await act("gate", "printer", { do: "paper", left: 60 });
  await page.evaluate(async (order) => {
    const slip = await fetch(`/paper/order/${order}.escpos`);
    await fetch("/device/gate/print", { method: "POST", body: await slip.arrayBuffer() });
  }, order);
  await page.locator(".cards .card").first().waitFor();
  await stage.axe(page);
  await page.locator(".cards .card").nth(5).click();
  await page.locator(".pad .card").waitFor();
  const voucher = page.locator(".slip img[alt*='座']");
  await voucher.waitFor();
  assert.ok((await voucher.evaluate((img) => img.decode().then(() => img.naturalHeight))) > 300, "drawn as it was printed");
  await stage.shot(page, "device-panel");
  await page.click("#take");
  await page.locator(".pad:not(:has(.card))").waitFor();
  const late = await lateLook(page);
  await page.uncheck("#printer-plug");
  await page.locator("#printer-says[data-state=bad]").waitFor();
  assert.equal(await late(), false, "an older answer does not put the plug back");
  await page.check("#printer-plug");
  await page.locator("#printer-says:not([data-state=bad])").waitFor();
});

// lateLook holds back one answer of what the panel asked before anything else is done,
// and gives what lets it arrive, with no newer one until the page had time to draw it.
async function lateLook(page) {
  const state = "**/device/panel/state";
  let newer = Promise.resolve();
  let arrive;
  const arrived = new Promise((resolve) => (arrive = resolve));
  await new Promise((asked) => {
    let first = true;
    page.route(state, async (route) => {
      const held = first;
      first = false;
      const response = await route.fetch();
      if (held) asked();
      await (held ? arrived : newer);
      await route.fulfill({ response });
    });
  });
  return async () => {
    let mend;
    newer = new Promise((resolve) => (mend = resolve));
    const came = page.waitForResponse(state);
    arrive();
    await (await came).finished();
    await page.evaluate(() => new Promise((drawn) => setTimeout(drawn, 100)));
    const plugged = await page.isChecked("#printer-plug");
    mend();
    await page.unrouteAll({ behavior: "wait" });
    return plugged;
  };
}

// scanner types as fast as one: a key every 4 ms by the keyboard's clock, however
// busy the machine is.
async function scanner(page, code) {
  const keys = await page.context().newCDPSession(page);
  let timestamp = Date.now() / 1000;
  const press = (key, text) => {
    timestamp += 0.004;
    return ["keyDown", "keyUp"].map((type) => keys.send("Input.dispatchKeyEvent", { type, key, text: type === "keyDown" ? text : undefined, timestamp }));
  };
  await Promise.all([...[...code].flatMap((c) => press(c, c)), ...press("Enter", "\r")]);
}

test("a scanner that types does not type into fields", async () => {
  const page = await stage.page("window");
  await page.goto(stage.urls.window);
  const choice = page.locator("#station");
  if (await choice.count()) {
    await choice.selectOption(station);
    await Promise.all([page.waitForNavigation(), page.click("form:has(#station) button[type=submit]")]);
  }
  await part(page, "reader", "ready"); // the page's script runs
  const field = page.locator("main input[type=text]:visible, main input:not([type]):visible").first();
  await field.waitFor();
  await field.fill("sjz");
  await field.focus();
  await page.evaluate(() => {
    window.heard = new Promise((resolve) => addEventListener("chepiao:scan", (e) => resolve(e.detail), { once: true }));
  });
  await scanner(page, "130123456789012345");
  const late = page.waitForTimeout(4000).then(() => "nothing was heard");
  assert.equal(await Promise.race([page.evaluate(() => window.heard), late]), "130123456789012345");
  assert.equal(await field.inputValue(), "sjz", "the field is as it was");
  await page.keyboard.type("ab", { delay: 60 }); // a person
  assert.equal(await field.inputValue(), "sjzab");
});

test("chepiao device run: nothing without the token, everything with it", async () => {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  const child = spawn(program, ["device", "run", "--hub", stage.urls.url, "--listen", `127.0.0.1:${port}`, "--token", join(stage.home, "token"), "--simulate"], {
    env: { ...process.env, TMPDIR: stage.home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    const address = await new Promise((resolve, reject) => {
      createInterface({ input: child.stdout }).on("line", (l) => l.includes("device-token=") && resolve(l.trim()));
      child.once("exit", (code) => reject(new Error(`ended with ${code}`)));
    });
    const at = new URL(address).origin;
    for (const path of ["/gate", "/device/gate/status", "/device/panel"]) assert.equal((await fetch(at + path)).status, 403, path);
    const page = await stage.page("gate");
    await page.goto(address);
    assert.ok(!page.url().includes("token"), "the token stays in no address");
    await page.goto(`${at}/gate`);
    await page.selectOption("#station", station);
    await page.click("button[type=submit]");
    await part(page, "reader", "ready");
    const one = await sell(stage.urls.api);
    await page.evaluate(
      (card) => fetch("/device/panel/window/reader", { method: "POST", body: JSON.stringify({ do: "put", other: card }) }),
      { name: one.who.name, number: one.who.number },
    );
    await page.locator("#verdict.green").waitFor();
  } finally {
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    await gone;
  }
});
