// The plane geometry of a face: where its 68 points lie, how it is turned upright
// into the chip that the model wants, and how far it looks away. Pure functions;
// the points are those of the iBUG 300-W scheme (0–16 jaw, 17–26 brows, 27–35
// nose, 36–47 eyes, 48–67 mouth), in pixels of the picture, y downwards.

export interface Point {
  x: number;
  y: number;
}

/** x' = a·x + c·y + e, y' = b·x + d·y + f: the order a canvas's setTransform takes. */
export interface Similarity {
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
  f: number;
}

/** Pixels of a chip's side: what dlib's recognition network was trained on. */
export const chipSize = 150;
const padding = 0.25;

/** dlib's mean face by five points (get_face_chip_details): the outer and inner
 *  corner of the subject's left eye, the same of the right one, under the nose. */
export const chipPoints: readonly number[] = [45, 42, 36, 39, 33];
const meanFace: readonly Point[] = [
  { x: 0.8595674595992, y: 0.2134981538014 },
  { x: 0.6460604764104, y: 0.2289674387677 },
  { x: 0.1205750620789, y: 0.2137274526848 },
  { x: 0.3340850613712, y: 0.2290642403242 },
  { x: 0.4901123135679, y: 0.6277975316475 },
];

/** Where the five points lie in a chip. */
export const chipTemplate: readonly Point[] = meanFace.map(({ x, y }) => ({
  x: ((padding + x) / (2 * padding + 1)) * chipSize,
  y: ((padding + y) / (2 * padding + 1)) * chipSize,
}));

/** The turn, scale and shift that brings points onto others with the least squared
 *  error (Umeyama 1991, in the plane; never a mirror). Undefined where all points
 *  fall together. */
export function similarity(from: readonly Point[], to: readonly Point[]): Similarity | undefined {
  const p = middle(from);
  const q = middle(to);
  let along = 0;
  let across = 0;
  let spread = 0;
  from.forEach((s, i) => {
    const t = to[i]!;
    const [sx, sy, tx, ty] = [s.x - p.x, s.y - p.y, t.x - q.x, t.y - q.y];
    along += sx * tx + sy * ty;
    across += sx * ty - sy * tx;
    spread += sx * sx + sy * sy;
  });
  if (!(spread > 0)) return undefined;
  const [a, b] = [along / spread, across / spread];
  return { a, b, c: -b, d: a, e: q.x - a * p.x + b * p.y, f: q.y - b * p.x - a * p.y };
}

/** From the picture to the chip, for a face's 68 points. */
export function toChip(points: readonly Point[]): Similarity | undefined {
  return similarity(
    chipPoints.map((i) => points[i]!),
    chipTemplate,
  );
}

export function moved(t: Similarity, p: Point): Point {
  return { x: t.a * p.x + t.c * p.y + t.e, y: t.b * p.x + t.d * p.y + t.f };
}

export function middle(points: readonly Point[]): Point {
  let [x, y] = [0, 0];
  for (const p of points) [x, y] = [x + p.x, y + p.y];
  return { x: x / points.length, y: y / points.length };
}

const rightEye = [36, 37, 38, 39, 40, 41]; // the subject's: left in the picture
const leftEye = [42, 43, 44, 45, 46, 47];

function eyes(points: readonly Point[]): [Point, Point] {
  return [middle(rightEye.map((i) => points[i]!)), middle(leftEye.map((i) => points[i]!))];
}

/** Pixels between the middles of the eyes. */
export function eyeDistance(points: readonly Point[]): number {
  const [r, l] = eyes(points);
  return Math.hypot(l.x - r.x, l.y - r.y);
}

/** How far the head leans, in degrees; positive: towards the subject's left shoulder. */
export function roll(points: readonly Point[]): number {
  const [r, l] = eyes(points);
  return (Math.atan2(l.y - r.y, l.x - r.x) * 180) / Math.PI;
}

/** How far the head is turned: how far the nose's tip lies beside the line midway
 *  between the eyes, in eye distances. 0 looks into the camera; positive is turned to
 *  the subject's left. It is a measure, not an angle: noses differ. */
export function yaw(points: readonly Point[]): number {
  const [r, l] = eyes(points);
  const m = middle([r, l]);
  const d = Math.hypot(l.x - r.x, l.y - r.y) || 1;
  const nose = points[30]!;
  return ((nose.x - m.x) * (l.x - r.x) + (nose.y - m.y) * (l.y - r.y)) / (d * d);
}

/** The points of a mirrored picture, as they lie in the picture itself: mirrored back,
 *  and each under the number it has on the other side of the face. */
export function unmirrored(points: readonly Point[], width: number): Point[] {
  return other.map((i) => ({ x: width - points[i]!.x, y: points[i]!.y }));
}

/** How much two findings of the same 68 points differ: mean distance, in eye
 *  distances of the first. Of a face and its mirror image it is small; what is no
 *  face gets points that follow no face, and they differ. */
export function disagreement(one: readonly Point[], two: readonly Point[]): number {
  let sum = 0;
  one.forEach((p, i) => (sum += Math.hypot(p.x - two[i]!.x, p.y - two[i]!.y)));
  return sum / one.length / (eyeDistance(one) || 1);
}

/** For each point the one that a mirror makes of it. */
export const other: readonly number[] = (() => {
  const m: number[] = [];
  for (let i = 0; i <= 16; i++) m[i] = 16 - i; // jaw
  for (let i = 17; i <= 26; i++) m[i] = 43 - i; // brows
  for (let i = 27; i <= 30; i++) m[i] = i; // bridge
  for (let i = 31; i <= 35; i++) m[i] = 66 - i; // under the nose
  for (const [a, b] of [[36, 45], [37, 44], [38, 43], [39, 42], [40, 47], [41, 46]] as const) [m[a], m[b]] = [b, a];
  for (let i = 48; i <= 54; i++) m[i] = 102 - i; // upper lip
  for (let i = 55; i <= 59; i++) m[i] = 114 - i; // lower lip
  for (let i = 60; i <= 64; i++) m[i] = 124 - i; // inside
  for (let i = 65; i <= 67; i++) m[i] = 132 - i;
  return m;
})();
