// What every test of the pages begins with: the real program on free ports of
// this machine, a real Chromium, pictures to look at, and axe's verdict on
// what a person with poor sight or without a mouse would meet.
//
//   import { start } from "./harness.mjs";
//   const stage = await start();              // bin/chepiao demo + Chromium
//   const phone = await stage.page("phone");  // a page of a named size
//   await phone.goto(stage.urls.passenger);
//   await stage.shot(phone, "passenger-search");
//   await stage.axe(phone);
//   await stage.stop();
//
// Every page is watched: an error thrown in it, a request that fails or that
// leaves this machine makes `stop` throw, so a test cannot overlook it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

// The packages live where the pages' own do.
const require = createRequire(new URL("../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axeSource = require.resolve("axe-core/axe.min.js");

const root = fileURLToPath(new URL("..", import.meta.url));
const shots = join(root, "e2e", "shots");

// The sizes people use: width and height in CSS pixels, pixels a CSS pixel.
export const sizes = {
  phone: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  small: { viewport: { width: 320, height: 568 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  window: { viewport: { width: 1366, height: 768 } },
  gate: { viewport: { width: 1280, height: 800 } },
};

const startMax = 30_000; // ms until the program must have said where it listens
const stopMax = 10_000; // ms from SIGTERM until SIGKILL

// start runs the program and the browser. Options:
//   command  what to run; default bin/chepiao demo on free ports
//   env      further environment variables of the program
export async function start(options = {}) {
  const home = await mkdtemp(join(tmpdir(), "chepiao-e2e-"));
  let program;
  let browser;
  try {
    program = await run(options, home);
    browser = await openBrowser();
  } catch (fault) {
    if (program) await end(program.child);
    await rm(home, { recursive: true, force: true });
    throw fault;
  }
  await mkdir(shots, { recursive: true });
  const faults = [];
  return {
    urls: program.urls,
    log: program.log,
    browser,
    home,
    page: (size = "phone", more = {}) => openPage(browser, { ...sizes[size], ...more }, faults),
    /** A page of another browser, started with flags of its own (a camera, say); closed by the test. */
    async machine(flags, size = "gate", more = {}) {
      const other = await openBrowser(flags);
      return { browser: other, page: await openPage(other, { ...sizes[size], ...more }, faults) };
    },
    shot,
    axe,
    faults,
    /** The program dies at once, as when its machine loses power. The pages stay. */
    async crash() {
      const gone = once(program.child, "exit");
      program.child.kill("SIGKILL");
      await gone;
      program.crashed = true;
    },
    async stop() {
      await browser.close();
      const code = program.crashed ? 0 : await end(program.child);
      await rm(home, { recursive: true, force: true });
      if (code !== 0) faults.push(`the program ended with ${code}:\n${program.log.slice(-20).join("\n")}`);
      if (faults.length) throw new Error(`while the pages were open:\n  ${faults.join("\n  ")}`);
    },
  };
}

// run starts the program and waits for its one line of JSON on standard output:
// an object of the addresses it listens on, by door: {"passenger": "http://127.0.0.1:…/"}.
async function run({ command, env = {} }, home) {
  const [file, ...args] = command ?? [join(root, "bin", "chepiao"), "demo", "--listen", "127.0.0.1:0", "--print-json"];
  const child = spawn(file, args, {
    cwd: home,
    env: { ...process.env, TMPDIR: home, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = [];
  createInterface({ input: child.stderr }).on("line", (l) => log.push(l));
  const urls = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no address after ${startMax} ms:\n${log.join("\n")}`)), startMax);
    const settle = (how, what) => (clearTimeout(late), how(what));
    createInterface({ input: child.stdout }).on("line", (line) => {
      log.push(line);
      if (line.startsWith("{")) settle(resolve, JSON.parse(line));
    });
    child.once("error", (fault) => settle(reject, fault));
    child.once("exit", (code) => settle(reject, new Error(`${file} ended with ${code}:\n${log.join("\n")}`)));
  }).catch(async (fault) => {
    await end(child);
    throw fault;
  });
  return { child, urls, log };
}

// end asks one process to stop, then makes it. Its exit code, or the signal's name.
async function end(child) {
  if (child.pid === undefined) return 0; // it never ran
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, "exit");
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), stopMax);
    await gone;
    clearTimeout(late);
  }
  return child.exitCode ?? child.signalCode;
}

function openBrowser(flags = []) {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...flags,
    ],
  });
}

// openPage opens a page in a context of its own: no cookies of another actor.
async function openPage(browser, settings, faults) {
  const context = await browser.newContext({ locale: "zh-CN", timezoneId: "Asia/Shanghai", ...settings });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  page.on("pageerror", (e) => faults.push(`${page.url()}: ${e.message}`));
  page.on("response", (r) => {
    if (r.status() >= 500) faults.push(`${r.url()} answered ${r.status()}`);
  });
  // No page loads anything from another host.
  await context.route(
    (url) => !["127.0.0.1", "localhost", "[::1]"].includes(url.hostname) && url.protocol.startsWith("http"),
    (route) => {
      faults.push(`${page.url()} asked another host: ${route.request().url()}`);
      return route.abort();
    },
  );
  return page;
}

// shot keeps a picture of the whole page in e2e/shots/NAME.png.
async function shot(page, name) {
  const path = join(shots, `${name}.png`);
  await page.screenshot({ path, fullPage: true, animations: "disabled" });
  return path;
}

// axe throws when the page breaks a rule of WCAG 2.2 A or AA seriously, naming
// each rule and the elements that break it.
async function axe(page, options = {}) {
  await page.addScriptTag({ path: axeSource }).catch(() => inject(page));
  const { violations } = await page.evaluate(
    (o) => globalThis.axe.run(document, o),
    { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"], ...options },
  );
  const grave = violations.filter((v) => ["serious", "critical"].includes(v.impact));
  if (!grave.length) return;
  const lines = grave.flatMap((v) => [`${v.id} (${v.impact}): ${v.help}`, ...v.nodes.slice(0, 5).map((n) => `    ${n.html}`)]);
  throw new Error(`axe finds on ${page.url()}:\n  ${lines.join("\n  ")}`);
}

// inject brings axe into a page whose content security policy forbids script
// elements: an evaluation by the debugger is not bound by it.
async function inject(page) {
  const { readFile } = await import("node:fs/promises");
  await page.evaluate(await readFile(axeSource, "utf8"));
}
