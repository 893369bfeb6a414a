// Whether what the camera shows is good enough to compare: one face, near enough,
// upright, looking into the camera, and a face at all. What is not gets a sentence
// that tells the passenger what to do; it is never a no.
import { disagreement, eyeDistance, roll, yaw, type Point } from "./geometry";

/** Why a frame is not used; "" for one that is. The page has a sentence for each. */
export type Flaw = "" | "none" | "several" | "far" | "leaning" | "turned" | "odd";

export interface Seen {
  points: Point[]; // the 68 points
  mirrored: Point[]; // the same, found in the mirror image and mirrored back
  share: number; // width of the largest other face, as a share of this one's
}

/** Measures of one frame: what was decided upon, to be shown and tested. */
export interface Measures {
  eyes: number; // pixels between them
  roll: number; // degrees
  yaw: number; // eye distances
  mirror: number; // eye distances that the mirror image's points differ
}

export const limits = {
  eyes: 40, // pixels at least
  roll: 20, // degrees at most, either way
  yaw: 0.18, // eye distances at most, either way
  mirror: 0.11, // eye distances at most: see docs/face.md for what was measured
  share: 0.6, // another face this large stands in front of the camera as well
};

export function measured(s: Pick<Seen, "points" | "mirrored">): Measures {
  return { eyes: eyeDistance(s.points), roll: roll(s.points), yaw: yaw(s.points), mirror: disagreement(s.points, s.mirrored) };
}

/** The first flaw of a frame. While a head turns, turning is no flaw. */
export function flaw(s: Seen | undefined, turning = false): Flaw {
  if (!s) return "none";
  if (s.share >= limits.share) return "several";
  const m = measured(s);
  if (!turning && m.mirror > limits.mirror) return "odd";
  if (m.eyes < limits.eyes) return "far";
  if (Math.abs(m.roll) > limits.roll) return "leaning";
  if (!turning && Math.abs(m.yaw) > limits.yaw) return "turned";
  return "";
}
