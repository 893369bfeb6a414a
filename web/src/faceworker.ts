// The worker of the face mode: the model, away from the page's own thread.
import { Engine } from "./face/engine";
import type { Addresses, Picture } from "./face/model";

type Order = { no: number; load?: Addresses; picture?: Picture; describe?: "never" | "facing" | "always" };

const scope = globalThis as unknown as { onmessage: (e: MessageEvent<Order>) => void; postMessage(m: unknown): void };
const engine = new Engine();
let before: Promise<unknown> = Promise.resolve(); // one picture after the other

scope.onmessage = ({ data }) => {
  before = before.then(() => carryOut(data)).then(
    (done) => scope.postMessage({ no: data.no, done }),
    (e: Error) => scope.postMessage({ no: data.no, fault: String(e?.message ?? e) }),
  );
};

async function carryOut(o: Order): Promise<unknown> {
  if (o.load) return engine.load(o.load);
  try {
    return await engine.look(o.picture!, o.describe ?? "never");
  } finally {
    if (o.picture instanceof ImageBitmap) o.picture.close(); // nothing of the picture stays
  }
}
