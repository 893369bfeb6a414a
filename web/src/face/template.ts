// A template is what is left of a face: 128 numbers by one model, from which no
// picture can be drawn but a person can be told from another. Two templates of one
// person lie near each other; near is decided elsewhere (floor 0's DecideFace).

/** The model and the way its input is made. A template of another id is never
 *  compared: better weights get another id, and everybody enrols again. */
export const modelID = "faceapi-1.7.15-chip5-mirror";

export const templateLength = 128;

/** Euclidean distance. Throws where the lengths differ: that is no template of ours. */
export function distance(a: Float32Array, b: Float32Array): number {
  if (a.length !== templateLength || b.length !== templateLength) throw new Error("not a template");
  let sum = 0;
  for (let i = 0; i < templateLength; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}

/** Whole thousandths: of the claimed person rounded up, of anybody else down, so that
 *  rounding never accepts. */
export function thousandths(d: number, whose: "claimed" | "other"): number {
  return whose === "claimed" ? Math.ceil(d * 1000 - 1e-6) : Math.floor(d * 1000 + 1e-6);
}

/** The mean of several: of a chip and its mirror image, of several frames. */
export function mean(templates: readonly Float32Array[]): Float32Array {
  if (templates.length === 0) throw new Error("no template");
  const m = new Float32Array(templateLength);
  for (const t of templates) for (let i = 0; i < templateLength; i++) m[i]! += t[i]! / templates.length;
  return m;
}

/** Little endian bytes in base64: 512 bytes. */
export function encode(t: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(templateLength * 4));
  for (let i = 0; i < templateLength; i++) bytes.setFloat32(i * 4, t[i]!, true);
  let text = "";
  for (let i = 0; i < bytes.byteLength; i++) text += String.fromCharCode(bytes.getUint8(i));
  return btoa(text);
}

/** The other way. Undefined for what is no template: another length, or not a number. */
export function decode(text: string): Float32Array | undefined {
  let raw: string;
  try {
    raw = atob(text);
  } catch {
    return undefined;
  }
  if (raw.length !== templateLength * 4) return undefined;
  const bytes = new DataView(Uint8Array.from(raw, (c) => c.charCodeAt(0)).buffer);
  const t = new Float32Array(templateLength);
  for (let i = 0; i < templateLength; i++) t[i] = bytes.getFloat32(i * 4, true);
  return t.every(Number.isFinite) ? t : undefined;
}
