// What the rest of the page knows of a model: it looks at a picture and says where a
// face is, and what its template is. Another model is another file like engine.ts
// and another id (template.ts).
import type { Point } from "./geometry";

/** What pictures come as: whatever a canvas can draw. */
export type Picture = ImageBitmap | OffscreenCanvas;

export interface Look {
  width: number;
  height: number;
  face?: { points: Point[]; mirrored: Point[]; share: number; score: number }; // the largest face
  template?: Float32Array; // where it was asked for and there is a face
  print: number; // of the pixels: equal prints are the same picture
  took: { find: number; points: number; describe: number }; // ms
}

export interface Addresses {
  detect: string; // weights of the three networks
  landmarks: string;
  describe: string;
  simd: string; // TensorFlow's WebAssembly, with and without vector instructions
  plain: string;
}

export interface Model {
  readonly id: string;
  /** Loads and runs everything once, so that the first passenger waits for nothing. */
  load(from: Addresses): Promise<void>;
  /** describe "facing": only a face that passes the quality gate is described. */
  look(picture: Picture, describe: "never" | "facing" | "always"): Promise<Look>;
}
