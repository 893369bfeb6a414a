// The harness must be able to fail: each thing it watches for is acted out here
// on a tiny server of ours in place of the program.
import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { test } from "node:test";
import { start } from "./harness.mjs";

// A program that listens, says where, and serves one page at each path.
const server = `
  const pages = {
    "/good": "<title>good</title><html lang=zh><main><h1>检票</h1></main>",
    "/pale": "<title>pale</title><html lang=zh><main><h1 style='color:#eee'>检票</h1></main>",
    "/throws": "<title>throws</title><html lang=zh><script>throw new Error('out of order')</script>",
    "/abroad": "<title>abroad</title><html lang=zh><img alt='' src='https://example.com/x.png'>",
    "/strict": "<title>strict</title><html lang=zh><main><h1>检票</h1></main>",
  };
  const s = require("http").createServer((q, a) => {
    a.setHeader("content-type", "text/html; charset=utf-8");
    if (q.url === "/strict") a.setHeader("content-security-policy", "default-src 'self'");
    a.statusCode = q.url === "/broken" ? 500 : 200;
    a.end(pages[q.url] ?? "");
  }).listen(0, "127.0.0.1", () => console.log(JSON.stringify({ home: "http://127.0.0.1:" + s.address().port })));
  process.on("SIGTERM", () => process.exit(Number(process.env.EXIT ?? 0)));
`;
const command = [process.execPath, "-e", server];

async function visit(path, act = () => {}, env) {
  const stage = await start({ command, env });
  let home;
  try {
    home = stage.home;
    const page = await stage.page("phone");
    await page.goto(stage.urls.home + path);
    await act(stage, page);
  } finally {
    await stage.stop();
  }
  return home;
}

test("a good page passes, is pictured, and leaves nothing behind", async () => {
  const home = await visit("/good", async (stage, page) => {
    await stage.axe(page);
    await access(await stage.shot(page, "harness-good"));
  });
  await assert.rejects(access(home), "the temporary folder is still there");
});

test("axe works where the page allows no inline script", () => visit("/strict", (stage, page) => stage.axe(page)));

test("a page that poor eyes cannot read fails", () =>
  visit("/pale", (stage, page) => assert.rejects(stage.axe(page), /color-contrast/)));

for (const [path, told] of [
  ["/throws", /out of order/],
  ["/abroad", /another host: https:\/\/example\.com/],
  ["/broken", /answered 500/],
]) {
  test(`${path} makes stop throw`, () => assert.rejects(visit(path), told));
}

test("a program that ends badly makes stop throw", () => assert.rejects(visit("/good", undefined, { EXIT: "3" }), /ended with 3/));

test("a program that never listens is an error that shows its log", () =>
  assert.rejects(start({ command: [process.execPath, "-e", "console.error('no such port'); process.exit(1)"] }), /no such port/));

test("a program that is not there is an error", () => assert.rejects(start({ command: ["/no/such/program"] }), /ENOENT/));
