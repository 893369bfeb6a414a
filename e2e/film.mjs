// What a fake camera shows: faces cut from the example pictures inside the npm package
// of the model (node_modules, MIT); none is in this repository.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const pictures = fileURLToPath(new URL("../web/node_modules/@vladmandic/face-api/demo/", import.meta.url));

// film makes what a camera sees: frames with a camera's noise. One frame alone is a
// picture that does not move.
//
//   await film(stage, "her", { file: "sample3.jpg", x: 1206, y: 428, near: 1.33 })   its path
export async function film(stage, name, { file, x, y, near }, frames = 40) {
  const page = await stage.page("gate");
  await page.goto(new URL("/healthz", stage.urls.api).href);
  const data = (await readFile(join(pictures, file))).toString("base64");
  const jpegs = await page.evaluate(async ({ data, x, y, near, frames }) => {
    const raw = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([raw], { type: "image/jpeg" }));
    const canvas = new OffscreenCanvas(640, 480);
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    const out = [];
    for (let i = 0; i < frames; i++) {
      pen.setTransform(1, 0, 0, 1, 320, 240);
      const zoom = near + 0.03 * Math.sin(i / 5);
      pen.scale(zoom, zoom);
      pen.drawImage(picture, -x, -y);
      const seen = pen.getImageData(0, 0, 640, 480);
      for (let at = 0; at < seen.data.length; at += 4) {
        const noise = Math.random() * 8 - 4;
        for (let c = 0; c < 3; c++) seen.data[at + c] += noise;
      }
      pen.putImageData(seen, 0, 0);
      const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 });
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let text = "";
      for (let b = 0; b < bytes.length; b += 0x8000) text += String.fromCharCode(...bytes.subarray(b, b + 0x8000));
      out.push(btoa(text));
    }
    return out;
  }, { data, x, y, near, frames });
  await page.context().close();
  const path = join(stage.home, `${name}.mjpeg`);
  await writeFile(path, Buffer.concat(jpegs.map((j) => Buffer.from(j, "base64"))));
  return path;
}

/** The same face as the photo on an identity card has it: a JPEG of 102 by 126 pixels. */
export async function portrait(stage, { file, x, y, near }) {
  const page = await stage.page("gate");
  await page.goto(new URL("/healthz", stage.urls.api).href);
  const data = (await readFile(join(pictures, file))).toString("base64");
  const jpeg = await page.evaluate(async ({ data, x, y, near }) => {
    const picture = await createImageBitmap(new Blob([Uint8Array.from(atob(data), (c) => c.charCodeAt(0))], { type: "image/jpeg" }));
    const canvas = new OffscreenCanvas(102, 126);
    const pen = canvas.getContext("2d");
    pen.imageSmoothingQuality = "high";
    pen.setTransform(1, 0, 0, 1, 51, 60);
    pen.scale(near * 0.24, near * 0.24);
    pen.drawImage(picture, 32 - x, 52 - y); // the film leaves room above the head
    const bytes = new Uint8Array(await (await canvas.convertToBlob({ type: "image/jpeg", quality: 0.9 })).arrayBuffer());
    return btoa(String.fromCharCode(...bytes));
  }, { data, x, y, near });
  await page.context().close();
  return Buffer.from(jpeg, "base64");
}
