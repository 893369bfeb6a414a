// What a gate costs that has lost its node, measured in Chromium with the very
// program that gates load: `make bench-gate`, or
//   node web/gate-lab.mjs [tickets]      default 100,000
// It prints size and loading time of the list and the time of each decision, beside
// the goals. The first passengers wait longest: the browser translates the program
// while it runs. It fails when a decision is wrong.
import { execFile } from "node:child_process";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";

const dist = fileURLToPath(new URL("dist/", import.meta.url));
const program = fileURLToPath(new URL("../bin/chepiao", import.meta.url));
const goals = { size: 20, load: 2000, p99: 5 }; // MB, ms, ms
const kinds = { js: "text/javascript", wasm: "application/wasm" };

const tickets = Number(process.argv[2] ?? 100_000);
if (!(tickets >= 3000)) throw new Error(`${process.argv[2]} is no number of tickets from 3,000`);
const made = await new Promise((done, failed) =>
  execFile(program, ["bench", "--write-list", "--tickets", String(tickets)], { maxBuffer: 1 << 30, encoding: "buffer" }, (e, out) => (e ? failed(e) : done(JSON.parse(out)))),
);
const list = Buffer.from(JSON.stringify(made.list));
const manifest = JSON.parse(await readFile(dist + "manifest.json", "utf8"));
const files = { "/": [Buffer.from("<!doctype html><title>lab</title>"), "text/html"], "/list": [list, "application/json"] };
for (const name of ["wasm_exec.js", "alone.wasm"]) files["/" + name] = [await readFile(dist + manifest[name]), kinds[name.split(".").at(-1)]];
const server = createServer((request, response) => {
  const file = files[request.url];
  file ? response.setHeader("Content-Type", file[1]).end(file[0]) : response.writeHead(404).end();
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.addScriptTag({ url: "/wasm_exec.js" });
  const took = await page.evaluate(measure, made.asks);
  const at = (share, from = 0) => {
    const sorted = took.each.slice(from).toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  };
  const rows = [
    ["list, as it travels and is kept (gzipped)", `${(list.length / 1e6).toFixed(1)} MB (${(gzipSync(list).length / 1e6).toFixed(1)})`, `${goals.size} MB`, list.length / 1e6 < goals.size],
    ["the program, from the disk to ready", `${took.start.toFixed(0)} ms`, "", true],
    ["list, from the disk to ready", `${took.load.toFixed(0)} ms`, `${goals.load} ms`, took.load < goals.load],
    ["a decision, median", `${at(0.5).toFixed(2)} ms`, "", true],
    ["a decision, p99", `${at(0.99).toFixed(2)} ms`, `${goals.p99} ms`, at(0.99) < goals.p99],
    ["a decision, p99 after the first 300", `${at(0.99, 300).toFixed(2)} ms`, "", true],
    ["the very first decision", `${took.each[0].toFixed(1)} ms`, "", true],
    ["a decision, the slowest", `${at(1).toFixed(1)} ms`, "", true],
  ];
  console.log(`A gate alone in Chromium ${browser.version()}: ${tickets} tickets, ${took.each.length} decisions\n`);
  for (const [what, measured, goal, reached] of rows) console.log(`${what.padEnd(44)} ${measured.padStart(16)}  ${goal && `goal ${goal}`} ${reached ? "" : "MISSED"}`);
  for (const wrong of took.wrong.slice(0, 5)) console.error(`wrong: ${wrong}`);
  if (took.wrong.length) process.exitCode = 1;
} finally {
  await browser.close();
  server.close();
}

// In the page, as web/src/gate/alone.ts does it.
async function measure(asks) {
  const list = await (await fetch("/list")).arrayBuffer();
  let begun = performance.now();
  const go = new Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch("/alone.wasm"), go.importObject);
  void go.run(instance);
  const start = performance.now() - begun;
  begun = performance.now();
  const told = JSON.parse(gateLoad(new Uint8Array(list)));
  const load = performance.now() - begun;
  if (told.error) throw new Error(told.error);
  const each = [];
  const wrong = [];
  for (const { ask, reason } of asks) {
    begun = performance.now();
    const a = JSON.parse(gateDecide(JSON.stringify(ask)));
    each.push(performance.now() - begun);
    if (a.error || a.verdict.reason !== reason) wrong.push(`${JSON.stringify(ask)}: ${a.error ?? a.verdict.reason}, not ${reason}`);
    else if (a.verdict.pass) gatePassed(a.ticket, ask.now, ask.device);
    if (each.length % 50 === 0) await new Promise((next) => setTimeout(next)); // a page breathes between passengers
  }
  return { start, load, each, wrong };
}
