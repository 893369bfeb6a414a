// Reads a two-dimensional code from a picture: ZXing in WebAssembly, loaded by the
// gate only when its camera is switched on.
import { prepareZXingModule, readBarcodes } from "zxing-wasm/reader";

/** Loads the reader from our own address. It fails where the file cannot be had. */
export async function load(wasm: string): Promise<void> {
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
}

/** The text of the code in a picture, "" where there is none. */
export async function read(picture: ImageData): Promise<string> {
  const found = await readBarcodes(picture, { formats: ["QRCode"], tryHarder: true, tryRotate: true, tryInvert: true, maxNumberOfSymbols: 1 });
  return found.find((c) => c.isValid)?.text ?? "";
}
