// The gate's own face model, run in Chromium over pictures in a folder: no other code
// than what gates load, and no picture leaves this machine.
//   const lab = await openLab();  await lab.load();
//   const { face, template, took } = await lab.look("/path/to/picture.jpg");
//   await lab.close();
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const dist = fileURLToPath(new URL("dist/", import.meta.url));
const kinds = { js: "text/javascript", wasm: "application/wasm" };

export async function openLab({ browser } = {}) {
  const manifest = JSON.parse(await readFile(dist + "manifest.json", "utf8").catch(() => {
    throw new Error("web/dist is empty: run `make build` first");
  }));
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://lab").pathname);
    if (path === "/") return response.setHeader("Content-Type", "text/html").end("<!doctype html><title>lab</title>");
    try {
      const file = path.startsWith("/picture/") ? path.slice("/picture".length) : dist + path.slice("/assets/".length).replaceAll("..", "");
      response.setHeader("Content-Type", kinds[path.split(".").at(-1)] ?? "application/octet-stream").end(await readFile(file));
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const own = browser ? undefined : await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
  const page = await (browser ?? own).newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const asset = (name) => "/assets/" + manifest[name];
  return {
    page,
    load: () => page.evaluate(load, { script: asset("faceworker.js"), detect: asset("face-detect.bin"), landmarks: asset("face-landmarks.bin"), describe: asset("face-describe.bin"), simd: asset("face-simd.wasm"), plain: asset("face-plain.wasm") }),
    look: (file, describe = "always") => page.evaluate(look, { url: "/picture" + encodeURI(file), describe }),
    async close() {
      await page.close();
      await own?.close();
      server.close();
    },
  };
}

// In the page: milliseconds until the model is ready.
async function load({ script, ...addresses }) {
  const begun = performance.now();
  const worker = new Worker(script, { type: "module" });
  let no = 0;
  globalThis.ask = (order, give = []) => new Promise((resolve, reject) => {
    const mine = ++no;
    const hear = ({ data }) => {
      if (data.no !== mine) return;
      worker.removeEventListener("message", hear);
      data.fault === undefined ? resolve(data.done) : reject(new Error(data.fault));
    };
    worker.addEventListener("message", hear);
    worker.addEventListener("error", (e) => reject(new Error(e.message || "the worker does not start")));
    worker.postMessage({ no: mine, ...order }, give);
  });
  await globalThis.ask({ load: addresses });
  return performance.now() - begun;
}

async function look({ url, describe }) {
  const picture = await createImageBitmap(await (await fetch(url)).blob());
  const seen = await globalThis.ask({ picture, describe }, [picture]);
  return { ...seen, template: seen.template && [...seen.template] };
}
