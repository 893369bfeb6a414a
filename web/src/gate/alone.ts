// The gate without its node: keeps the list fresh while there is one, decides by
// it when the node does not answer, remembers who passed and tells the node later.
// The deciding is floor 0's, as WebAssembly (alone/wasm).
import { change, forget, keepList, keptList, passages, remember, type Kept, type Passage } from "./queue";

declare function gateLoad(list: Uint8Array): string;
declare function gatePassed(ticket: string, at: number, device: string): void;
declare function gateBoard(now: number, after: number, most: number): string;
declare function gateDecide(ask: string): string;

export interface Answer {
  verdict: { pass: boolean; reason: string; light: string; sound: string; again?: boolean; children?: number; overrode?: string; zh: string; en: string; next: { zh: string; en: string } };
  level: "list" | "signature";
  ticket?: string;
  seat?: number;
  number?: string;
  departs?: string;
  to_zh?: string;
  to_en?: string;
  confirmed?: boolean;
  hand?: boolean;
  override?: boolean;
  with?: string[];
  method?: string;
}

/** A departure on the screen of a gate without its node: alone.Row. */
export interface Row {
  departure: string;
  number: string;
  to_zh: string;
  to_en: string;
  departs: string;
  tomorrow?: boolean;
  gate?: string;
  sold: number;
  checked: number;
  gone?: boolean;
}

export interface Here {
  query: string; // ?station=…&gate=…
  gate: string;
  place: string;
  departure: string;
  device: string;
  wasm: string;
}

const fresh = 20_000; // ms between two looks at the list
const keepTold = 6 * 3_600_000; // ms a told passage is remembered: any list made since knows of it
const batch = 100;

export interface State {
  live: boolean;
  list: { tickets: number; at: number } | undefined; // at: by the node's clock
  waiting: number; // passages that the node does not know yet
  stuck: number; // of these, such as the node was told and did not take
  doubt: number; // of these, such as another gate may have passed as well
  drift: number; // ms that this machine's clock is off
}

export class Alone {
  private kept: Kept | undefined;
  private known: Passage[] = [];
  private ready: Promise<void>;
  private tickets = 0;
  private working = false;
  private full = false;
  private stuck = 0;
  state: State = { live: true, list: undefined, waiting: 0, stuck: 0, doubt: 0, drift: 0 };

  constructor(
    private here: Here,
    private show: (s: State) => void,
  ) {
    this.ready = this.start();
  }

  /** Whether who stands here was signed in as a supervisor when the node last answered. */
  mayOverride(): boolean {
    return Date.now() < (this.kept?.override ?? 0);
  }

  /** Now, by the node's clock as last measured. */
  now(): number {
    return Date.now() + (this.kept?.offset ?? 0);
  }

  private async start(): Promise<void> {
    const go = new Go();
    const { instance } = await WebAssembly.instantiateStreaming(fetch(this.here.wasm), go.importObject);
    void go.run(instance);
    this.known = await passages();
    this.kept = await keptList(this.here.query);
    if (this.kept) this.load();
    await this.look();
    setInterval(() => void this.look(), fresh);
    addEventListener("online", () => void this.look());
  }

  private load(): void {
    const begun = performance.now();
    const told = JSON.parse(gateLoad(new Uint8Array(this.kept!.list))) as { error?: string; tickets: number };
    if (told.error) {
      this.kept = undefined;
      return;
    }
    this.tickets = told.tickets;
    document.body.dataset.loaded = String(Math.round(performance.now() - begun)); // ms
    for (const p of this.known) gatePassed(p.ticket, p.at, p.device);
  }

  /** Looks for the node: tells it what waits, takes the list if it has changed. */
  async look(): Promise<void> {
    if (this.working) return;
    this.working = true;
    try {
      await this.tell();
      const asked = Date.now();
      const answered = await fetch("/gate/list" + this.here.query, {
        headers: this.kept ? { "If-None-Match": this.kept.tag } : {}, cache: "no-store", signal: AbortSignal.timeout(15_000),
      });
      const now = Date.now();
      if (!answered.ok && answered.status !== 304) throw new Error(String(answered.status));
      if (answered.redirected) { // to the page to sign in on: whoever was a supervisor here is none any more
        if (this.kept) await keepList((this.kept = { ...this.kept, override: 0 })).catch(() => undefined);
        throw new Error("signed out");
      }
      const offset = Date.parse(answered.headers.get("X-Now")!) - (asked + now) / 2;
      const lasts = Number(answered.headers.get("X-Override"));
      const override = lasts && now + lasts;
      if (answered.status === 304) this.kept = { ...this.kept!, offset, at: now, override };
      else {
        this.kept = { key: this.here.query, tag: answered.headers.get("ETag")!, list: await answered.arrayBuffer(), offset, at: now, override };
        this.load();
      }
      this.state.live = true;
      await keepList(this.kept).catch(() => undefined); // a full disk is told when somebody should pass
    } catch {
      this.state.live = false;
    } finally {
      this.working = false;
      this.tellState();
    }
  }

  /** What leaves next, by the list and with what has passed here; empty without a list. */
  board(past: number, most: number): Row[] {
    return this.kept ? (JSON.parse(gateBoard(this.now(), this.now() - past, most)) as Row[]) : [];
  }

  /** A passage that the node let through here a moment ago, which the list does not
   *  know of yet: cut off in the next second, this gate does not pass it again. */
  async saw(ticket: string): Promise<void> {
    await this.ready.catch(() => undefined);
    await this.write([{ ...this.passage(crypto.randomUUID(), ticket), told: Date.now() }]);
  }

  /** Says that the node has not answered a check. */
  lost(): void {
    this.state.live = false;
    this.tellState();
  }

  private tellState(): void {
    const waiting = this.known.filter((p) => !p.told);
    this.state.list = this.kept && { tickets: this.tickets, at: this.kept.at };
    this.state.waiting = waiting.length;
    this.state.stuck = Math.min(this.stuck, waiting.length);
    this.state.doubt = waiting.filter((p) => p.confirmed).length;
    this.state.drift = Math.round(this.kept?.offset ?? 0);
    this.show(this.state);
  }

  /** Tells the node the passages it does not know, in order. What it does not take
   *  stays, holds up none of the others, and is told again with the next look. */
  private async tell(): Promise<void> {
    const untold = this.known.filter((p) => !p.told);
    let stuck = 0;
    for (let i = 0; i < untold.length; i += batch) {
      const waiting = untold.slice(i, i + batch);
      const answered = await fetch("/gate/passages" + this.here.query, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ passages: waiting }), signal: AbortSignal.timeout(15_000),
      });
      if (!answered.ok) throw new Error(String(answered.status));
      const { taken } = (await answered.json()) as { taken: string[] };
      const done = new Set(taken);
      for (const p of waiting) {
        if (!done.has(p.id)) continue;
        p.told = Date.now();
        await change(p);
      }
      stuck += waiting.filter((p) => !p.told).length;
    }
    this.stuck = stuck;
    for (const p of this.known) if (p.told && Date.now() - p.told > keepTold) await forget(p.seq!);
    this.known = this.known.filter((p) => !p.told || Date.now() - p.told <= keepTold);
  }

  /** Decides what was read. A passage is on the disk before this answers; undefined
   *  without a list. Throws when the disk is full: then nobody passes. */
  async decide(ask: Record<string, string>, id: string): Promise<Answer | undefined> {
    await this.ready.catch(() => undefined);
    if (this.full) throw new Error("full");
    if (!this.kept) return undefined;
    const { gate, place, departure, device } = this.here;
    const at = this.now();
    const a = JSON.parse(gateDecide(JSON.stringify({ ...ask, gate, place, departure, device, now: Math.round(at) }))) as Answer & { error?: string };
    if (a.error) return undefined;
    if (!a.verdict.pass || !a.ticket || place === "hall") return a;
    const overrode = a.verdict.overrode ?? "";
    const passed: Passage[] = (a.with ?? []).map((child) => this.passage(crypto.randomUUID(), child, a, at));
    if (!a.verdict.again) passed.unshift({ ...this.passage(id, a.ticket, a, at), seen: ask.seen ?? "", override: ask.override ?? "", overrode });
    if (passed.length === 0) return a;
    try {
      await this.write(passed);
    } catch (e) {
      this.full = true; // from here on nobody passes alone, until somebody has made room and loads the page again
      throw e;
    }
    this.tellState();
    return a;
  }

  private passage(id: string, ticket: string, a?: Answer, at = this.now()): Passage {
    const { gate, place, device } = this.here;
    return { id, ticket, at: Math.round(at), place, gate, device, method: a?.method ?? "", seen: "", override: "", overrode: "", confirmed: !!a?.confirmed };
  }

  private async write(all: Passage[]): Promise<void> {
    if (this.kept) for (const p of all) gatePassed(p.ticket, p.at, p.device); // before the disk: two quick scans of one ticket are two questions
    const seqs = await remember(all);
    all.forEach((p, i) => (p.seq = seqs[i]));
    this.known.push(...all);
  }
}
