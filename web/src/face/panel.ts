// The part of a page that looks at a face: the camera's picture, one sentence for the
// passenger, and the comparison with what was given for this journey. It asks the node
// for the departure's templates and floor 0 (as WebAssembly) for the decision; the
// picture stays in the browser.
import { Camera } from "./camera";
import { gather, type Gathered, type Hint } from "./gather";
import { flaw } from "./quality";
import { Remote } from "./remote";
import { decode, distance, modelID, thousandths } from "./template";

declare global {
  var decideFace: ((ask: string) => string) | undefined;
}

export interface FaceVerdict {
  face: "accepted" | "referred" | "none"; // none: this passenger gave no face, or the station compares none
  zh: string;
  en: string;
  rule?: string;
  claimed?: number; // thousandths
  nearest?: number; // of the others, -1 for none
  ms?: number; // from the call to the answer
  look?: string; // what was measured, for the node to count where those compared agreed
  ticket?: string; // of whoever was recognised without a claim
}

interface Cohort {
  model: string;
  rules: object;
  faces: { ticket: string; template: string }[];
}

const cardHeight = 420; // pixels to which the photo of a card is brought, within a frame like the camera's
const staff = { zh: "请到人工通道出示证件", en: "please show your document to the staff" };

export class Panel {
  private readonly camera: Camera;
  private model: Remote | undefined;
  private ready: Promise<void> | undefined;
  private stop: AbortController | undefined;

  constructor(private readonly root: HTMLElement) {
    this.camera = new Camera(root.querySelector("video")!);
  }

  /** Loads the model: about a second, once. */
  prepare(): Promise<void> {
    const d = this.root.dataset;
    return (this.ready ??= (async () => {
      const begun = performance.now();
      this.tell("loading");
      this.model = new Remote(d.worker!);
      await Promise.all([
        this.model.load({ detect: d.detect!, landmarks: d.landmarks!, describe: d.describe!, simd: d.simd!, plain: d.plain! }),
        d.wasm && decider(d.wasm),
      ]);
      this.root.dataset.ready = String(Math.round(performance.now() - begun));
      this.tell("idle");
    })().catch((e: unknown) => {
      this.ready = undefined;
      this.tell("trouble");
      throw e;
    }));
  }

  /** One averaged template of whoever stands there, or why there is none. */
  async take(frames: number, turn: boolean): Promise<Gathered> {
    this.stop?.abort(); // one passenger at a time: the last who came
    const stop = (this.stop = new AbortController());
    await this.prepare();
    this.root.hidden = false;
    if (this.root.dataset.gives !== undefined) this.root.scrollIntoView({ block: "center" }); // a phone has the notice above it
    try {
      await this.camera.open();
    } catch {
      this.tell("camera");
      return { why: "none", frames: 0, took: [], spread: 0 };
    }
    const side = crypto.getRandomValues(new Uint8Array(1))[0]! % 2 ? "left" : "right";
    const got = await gather(this.camera.next, this.model!, { frames, patience: turn ? 16_000 : 9_000, turn: turn ? side : "", stop: stop.signal }, (hint) => this.tell(hint));
    if (stop === this.stop) this.camera.close();
    this.root.dataset.took = JSON.stringify(got.took.map(Math.round));
    this.root.dataset.why = got.why;
    return got;
  }

  /** A template of the photo on a card, which is small: it is enlarged into a frame like
   *  the camera's, for which the measures of quality are made. */
  async still(photo: Blob): Promise<Gathered> {
    const begun = performance.now();
    await this.prepare();
    const small = await createImageBitmap(photo);
    const canvas = new OffscreenCanvas(640, 480);
    const pen = canvas.getContext("2d")!;
    pen.fillStyle = "#ddd";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.imageSmoothingQuality = "high";
    const width = (small.width * cardHeight) / small.height;
    pen.drawImage(small, (canvas.width - width) / 2, (canvas.height - cardHeight) / 2, width, cardHeight);
    const look = await this.model!.look(canvas.transferToImageBitmap(), "always");
    const why = flaw(look.face);
    return { ...(why === "" && look.template ? { template: look.template } : {}), why: why || "odd", frames: 1, took: [performance.now() - begun], spread: 0 };
  }

  /** Compares whoever stands there with what this ticket's passenger gave. */
  async verify(ticket: string, turn: boolean): Promise<FaceVerdict> {
    const begun = performance.now();
    const cohort = await this.cohort(ticket);
    const own = cohort?.faces.find((f) => f.ticket === ticket);
    const mine = own && cohort?.model === modelID ? decode(own.template) : undefined;
    if (!cohort || !mine) return { face: "none", ...staff };
    const got = await this.take(3, turn);
    if (!got.template) {
      if (got.why !== "still") this.tell(got.why === "" ? "none" : got.why);
      return { face: "referred", ...staff, rule: got.why };
    }
    return this.decide(cohort, got.template, mine, ticket, false, begun);
  }

  /** Looks for whoever stands there among a departure's passengers. Who is proposed
   *  still says that name or seat is theirs. */
  async identify(departure: string): Promise<FaceVerdict> {
    const begun = performance.now();
    const cohort = await this.cohort(departure, "cohort");
    if (!cohort || cohort.model !== modelID || cohort.faces.length === 0) return { face: "none", ...staff };
    const got = await this.take(3, false);
    if (!got.template) {
      if (got.why !== "still") this.tell(got.why === "" ? "none" : got.why);
      return { face: "referred", ...staff, rule: got.why };
    }
    let nearest: { ticket: string; template: Float32Array; by: number } | undefined;
    for (const f of cohort.faces) {
      const template = decode(f.template);
      const by = template ? distance(got.template, template) : 0;
      if (template && (!nearest || by < nearest.by)) nearest = { ticket: f.ticket, template, by };
    }
    if (!nearest) return { face: "referred", ...staff };
    return this.decide(cohort, got.template, nearest.template, nearest.ticket, true, begun);
  }

  private decide(cohort: Cohort, seen: Float32Array, mine: Float32Array, ticket: string, walkup: boolean, begun: number): FaceVerdict {
    const others = cohort.faces.filter((f) => f.ticket !== ticket).map((f) => ({ ticket: f.ticket, template: decode(f.template) }));
    if (others.some((o) => !o.template) || !globalThis.decideFace) return { face: "referred", ...staff };
    const claimed = thousandths(distance(seen, mine), "claimed");
    const distances = others.map((o) => thousandths(distance(seen, o.template!), "other"));
    const said = JSON.parse(globalThis.decideFace(JSON.stringify({ claimed, others: distances, enrolled: cohort.faces.length, walkup, rules: cohort.rules })));
    this.tell(said.accept ? "accepted" : "referred");
    return {
      face: said.accept ? "accepted" : "referred", zh: said.zh ?? staff.zh, en: said.en ?? staff.en, rule: said.because?.rule, claimed, ticket,
      nearest: distances.length ? Math.min(...distances) : -1, ms: Math.round(performance.now() - begun),
      look: JSON.stringify({ claimed, others: Object.fromEntries(others.map((o, i) => [o.ticket, distances[i]])) }),
    };
  }

  cancel(): void {
    this.stop?.abort();
    this.camera.close();
  }

  /** Says a sentence of the page's. */
  tell(hint: Hint | "loading" | "idle" | "camera" | "trouble" | "accepted" | "referred" | "enrolled" | "withdrawn"): void {
    const key = hint === "" ? "look" : hint;
    this.root.dataset.hint = key;
    this.root.querySelector("[data-say]")!.textContent = this.root.querySelector<HTMLElement>(`template[data-hint="${key}"]`)?.innerHTML.trim() ?? "";
  }

  private async cohort(of: string, by: "ticket" | "cohort" = "ticket"): Promise<Cohort | undefined> {
    const answer = await fetch(`/gate/face/cohort${this.root.dataset.query}&${by}=${encodeURIComponent(of)}`, { cache: "no-store" }).catch(() => undefined);
    return answer?.ok ? ((await answer.json()) as Cohort) : undefined;
  }
}

/** Starts the program that decides, unless the gate's own page already has it. */
async function decider(wasm: string): Promise<void> {
  for (let waits = 0; document.body.dataset.decides !== undefined && !globalThis.decideFace && waits < 50; waits++) await new Promise((r) => setTimeout(r, 100));
  if (globalThis.decideFace) return;
  const go = new Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch(wasm), go.importObject);
  void go.run(instance);
}
