// From a camera to one template: several good frames of one face, averaged. A frame
// with a flaw is told to the person and not used; frames that are the same to the
// last bit come from no camera. None of this proves that a living person stands
// there: staff see the gate, and a turn of the head may be asked for.
import { yaw } from "./geometry";
import type { Look, Model } from "./model";
import { flaw, type Flaw } from "./quality";
import { distance, mean } from "./template";

export type Hint = Flaw | "look" | "still" | "left" | "right" | "lost" | "late";

export interface Gathered {
  template?: Float32Array; // none: why says it
  why: Hint;
  frames: number; // looked at
  took: number[]; // ms a frame
  spread: number; // largest distance of a frame's template from their mean
}

export interface Wish {
  frames: number; // good ones
  patience: number; // ms in all
  turn: "" | "left" | "right"; // asked for after the frames
  stop?: AbortSignal;
}

const sameMost = 3; // identical frames in a row
const turned = 0.18; // eye distances from how this face looks ahead: a turn that was asked for
const apart = 0.5; // a frame farther than this from the others is another person's
const apartTurning = 0.75; // the same while the head turns: its side looks different
const blindMost = 4; // frames in a row in which a turning face may be missed

/** Where frames come from: a camera, or what a test gives. Undefined at its end. */
export type Frames = () => Promise<ImageBitmap | undefined>;

export async function gather(next: Frames, model: Model, wish: Wish, tell: (hint: Hint, look?: Look) => void): Promise<Gathered> {
  const good: Float32Array[] = [];
  const ahead: number[] = []; // the good frames' yaw: noses differ
  const took: number[] = [];
  const until = performance.now() + wish.patience;
  let [print, same, frames, blind, why] = [0, 0, 0, 0, "none" as Hint];
  const done = (template: Float32Array | undefined, why: Hint): Gathered => ({
    ...(template ? { template } : {}), why, frames, took, spread: template ? Math.max(0, ...good.map((t) => distance(t, template))) : 0,
  });
  while (performance.now() < until && !wish.stop?.aborted) {
    const picture = await next();
    if (!picture) return done(undefined, why);
    const turning = good.length >= wish.frames; // all that is left is the turn
    const begun = performance.now();
    const look = await model.look(picture, turning ? "always" : "facing");
    took.push(performance.now() - begun);
    frames++;
    same = look.print === print ? same + 1 : 0;
    print = look.print;
    if (same >= sameMost - 1) return done(undefined, "still");
    const wrong = flaw(look.face, turning);
    if (turning) {
      blind = wrong === "none" ? blind + 1 : 0;
      const another = look.template && distance(look.template, mean(good)) > apartTurning;
      if (blind > blindMost || wrong === "several" || another) return done(undefined, "lost"); // another may have stepped in
      const by = look.face ? yaw(look.face.points) - ahead.reduce((a, b) => a + b, 0) / ahead.length : 0;
      if (wish.turn === "left" ? by > turned : by < -turned) return done(mean(good), "");
      tell((why = wish.turn as Hint), look);
      continue;
    }
    if (wrong !== "" || !look.template) {
      tell((why = wrong), look);
      continue;
    }
    if (good.length > 0 && distance(look.template, mean(good)) > apart) good.length = ahead.length = 0; // somebody else: begin anew
    good.push(look.template);
    ahead.push(yaw(look.face!.points));
    tell((why = "look"), look);
    if (good.length >= wish.frames && !wish.turn) return done(mean(good), "");
  }
  return done(undefined, why === "look" ? "late" : why);
}
