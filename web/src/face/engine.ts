// The model itself: @vladmandic/face-api (three networks on TensorFlow's WebAssembly)
// finds a face and its 68 points; our own five-point alignment turns it upright into
// the chip that dlib's network was trained on; the template is the mean of the chip's
// and its mirror image's. It runs in a worker, so the page stays alive meanwhile.
import * as api from "@vladmandic/face-api/dist/face-api.esm.js";
import detectSpec from "@vladmandic/face-api/model/tiny_face_detector_model-weights_manifest.json";
import landmarkSpec from "@vladmandic/face-api/model/face_landmark_68_model-weights_manifest.json";
import describeSpec from "@vladmandic/face-api/model/face_recognition_model-weights_manifest.json";

import { chipSize, toChip, unmirrored, type Point, type Similarity } from "./geometry";
import { type Addresses, type Look, type Model, type Picture } from "./model";
import { flaw } from "./quality";
import { mean, modelID } from "./template";

const tf = (api as any).tf;
const sizes = [224, 320]; // the detector's input: the fast one first
const scoreLeast = 0.5;
const pointSize = 112; // the landmark network's input
type Box = { x: number; y: number; width: number; height: number; score: number };

/** A canvas that is kept, with what is drawn on it as numbers. */
class Board {
  private readonly canvas: OffscreenCanvas;
  private readonly pen: OffscreenCanvasRenderingContext2D;
  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.canvas = new OffscreenCanvas(width, height);
    this.pen = this.canvas.getContext("2d", { willReadFrequently: true })!;
    this.pen.imageSmoothingQuality = "high";
  }
  draw(picture: Picture, t: Similarity): Uint8ClampedArray {
    this.pen.setTransform(1, 0, 0, 1, 0, 0);
    this.pen.fillStyle = "#000";
    this.pen.fillRect(0, 0, this.width, this.height);
    this.pen.setTransform(t.a, t.b, t.c, t.d, t.e, t.f);
    this.pen.drawImage(picture, 0, 0);
    return this.pen.getImageData(0, 0, this.width, this.height).data;
  }
  tensor(pixels: Uint8ClampedArray, mirror = false): any {
    const { width, height } = this;
    const rgb = new Float32Array(width * height * 3);
    for (let y = 0, to = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const at = (y * width + (mirror ? width - 1 - x : x)) * 4;
        rgb[to++] = pixels[at]!;
        rgb[to++] = pixels[at + 1]!;
        rgb[to++] = pixels[at + 2]!;
      }
    return tf.tensor3d(rgb, [height, width, 3]);
  }
}

export class Engine implements Model {
  readonly id = modelID;
  private readonly finder = new api.TinyFaceDetector();
  private readonly pointer = new api.FaceLandmark68Net();
  private readonly describer = new api.FaceRecognitionNet();
  private readonly boards = new Map<string, Board>();
  private readonly face = new Board(pointSize, pointSize);
  private readonly chip = new Board(chipSize, chipSize);

  async load(from: Addresses): Promise<void> {
    setPlace();
    // The form with threads needs a page that shares no process with others (COOP, COEP): never chosen here.
    tf.setWasmPaths({ "tfjs-backend-wasm.wasm": from.plain, "tfjs-backend-wasm-simd.wasm": from.simd, "tfjs-backend-wasm-threaded-simd.wasm": from.simd });
    const weights = Promise.all([bytes(from.detect), bytes(from.landmarks), bytes(from.describe)]);
    if (!(await tf.setBackend("wasm"))) throw new Error("no WebAssembly backend");
    await tf.ready();
    const [d, l, r] = await weights;
    for (const [net, data, spec] of [
      [this.finder, d, detectSpec],
      [this.pointer, l, landmarkSpec],
      [this.describer, r, describeSpec],
    ] as const) {
      const specs = (spec as any).flatMap((group: { weights: object[] }) => group.weights);
      (net as any).loadFromWeightMap(tf.io.decodeWeights(data, specs));
    }
    const nothing = new OffscreenCanvas(64, 64);
    nothing.getContext("2d");
    await this.find(nothing);
    await this.points(nothing, { x: 0, y: 0, width: 64, height: 64, score: 1 });
    await this.describe(nothing, { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 });
  }

  async look(picture: Picture, describe: "never" | "facing" | "always"): Promise<Look> {
    const begun = performance.now();
    const { boxes, print } = await this.find(picture);
    const look: Look = { width: picture.width, height: picture.height, print, took: { find: performance.now() - begun, points: 0, describe: 0 } };
    const box = boxes[0];
    if (!box) return look;
    const found = performance.now();
    const { points, mirrored } = await this.points(picture, box);
    const share = (boxes[1]?.width ?? 0) / box.width;
    look.face = { points, mirrored, share, score: box.score };
    const pointed = performance.now();
    look.took.points = pointed - found;
    const t = toChip(points);
    if (describe === "never" || !t || (describe === "facing" && flaw(look.face) !== "")) return look;
    look.template = await this.describe(picture, t);
    look.took.describe = performance.now() - pointed;
    return look;
  }

  /** The faces, largest first, in the picture's pixels. */
  private async find(picture: Picture): Promise<{ boxes: Box[]; print: number }> {
    let print = 0;
    for (const size of sizes) {
      const scale = size / Math.max(picture.width, picture.height);
      const board = this.board(Math.round(picture.width * scale), Math.round(picture.height * scale));
      const pixels = board.draw(picture, { a: scale, b: 0, c: 0, d: scale, e: 0, f: 0 });
      print ||= fingerprint(pixels);
      const input = board.tensor(pixels);
      try {
        const found = await this.finder.locateFaces(input, { inputSize: size, scoreThreshold: scoreLeast });
        if (found.length === 0) continue;
        const boxes: Box[] = found.map(({ box, score }) => ({ x: box.x / scale, y: box.y / scale, width: box.width / scale, height: box.height / scale, score }));
        return { boxes: boxes.sort((a, b) => b.width - a.width || b.score - a.score), print };
      } finally {
        input.dispose();
      }
    }
    return { boxes: [], print };
  }

  private board(width: number, height: number): Board {
    const key = `${width}x${height}`;
    let b = this.boards.get(key);
    if (!b) this.boards.set(key, (b = new Board(width, height)));
    return b;
  }

  /** The 68 points of the face in a box, found in the picture and in its mirror. */
  private async points(picture: Picture, box: Box): Promise<{ points: Point[]; mirrored: Point[] }> {
    const [x, y] = [Math.max(0, Math.floor(box.x)), Math.max(0, Math.floor(box.y))];
    const [w, h] = [Math.min(picture.width, Math.ceil(box.x + box.width)) - x, Math.min(picture.height, Math.ceil(box.y + box.height)) - y];
    const scale = pointSize / Math.max(w, h);
    const [dx, dy] = [(pointSize - w * scale) / 2, (pointSize - h * scale) / 2];
    const pixels = this.face.draw(picture, { a: scale, b: 0, c: 0, d: scale, e: dx - x * scale, f: dy - y * scale });
    const inputs = [this.face.tensor(pixels), this.face.tensor(pixels, true)];
    try {
      const [one, two] = (await this.pointer.detectLandmarks(inputs as any)) as unknown as { positions: Point[] }[];
      const back = (p: Point): Point => ({ x: (p.x - dx) / scale + x, y: (p.y - dy) / scale + y });
      return { points: one!.positions.map(back), mirrored: unmirrored(two!.positions, pointSize).map(back) };
    } finally {
      for (const t of inputs) t.dispose();
    }
  }

  private async describe(picture: Picture, t: Similarity): Promise<Float32Array> {
    const pixels = this.chip.draw(picture, t);
    const inputs = [this.chip.tensor(pixels), this.chip.tensor(pixels, true)];
    try {
      return mean((await this.describer.computeFaceDescriptor(inputs as any)) as unknown as Float32Array[]);
    } finally {
      for (const t of inputs) t.dispose();
    }
  }
}

/** FNV-1a: tells whether two frames are the same to the last bit, as frames of a real
 *  camera never are. */
function fingerprint(pixels: Uint8ClampedArray): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < pixels.length; i++) h = Math.imul(h ^ pixels[i]!, 0x01000193);
  return h >>> 0 || 1;
}

async function bytes(url: string): Promise<ArrayBuffer> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return answer.arrayBuffer();
}

/** The library asks where it runs; in a worker it would not know. All that it is given
 *  are tensors, so the classes only have to exist. */
function setPlace(): void {
  if (typeof document !== "undefined") return;
  class None {}
  const none = () => {
    throw new Error("not in a worker");
  };
  (api as any).env.setEnv({
    Canvas: OffscreenCanvas, CanvasRenderingContext2D: OffscreenCanvasRenderingContext2D, Image: None, ImageData, Video: None,
    createCanvasElement: () => new OffscreenCanvas(1, 1), createImageElement: none, createVideoElement: none, fetch, readFile: none,
  });
}
