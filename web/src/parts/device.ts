// What stands on the counter, as a page sees it: the card reader, the scanner, the
// printer and the drawer, through the program that runs beside the browser
// (`chepiao device run`, docs/devices.md). The page's frame says where that answers,
// in <meta name="devices" content="/device/window">; without it there are none, and
// everything is typed as before.
//
//   const d = devices();
//   d?.on("card", (card) => …);
//   d?.on("scan", ({ text }) => …);
//   const job = await d?.print("/paper/order/O1.escpos");
//
// A scanner that types needs no such program: `onScan` hears both kinds.

export interface Card {
  kind: string;
  number: string;
  name: string;
  other?: string;
  nation?: string;
  born: string;
  expires: string; // "" never
  photo?: string;
}

/** How a part is: state, and a sentence in both languages. */
export interface Condition {
  state: "none" | "absent" | "ready" | "busy" | "low" | "out" | "open" | "jam" | "fault";
  zh: string;
  en: string;
}

/** A slip. One that asks is never printed again unless somebody says so. */
export interface Job {
  id: string;
  state: "waiting" | "printing" | "done" | "failed";
  why?: string;
  ask: boolean;
  zh: string;
  en: string;
}

export type Part = "reader" | "scanner" | "printer" | "paper" | "drawer";
export type Word = "again" | "done" | "drop";

interface Happenings {
  card: Card;
  "card-gone": Record<string, never>;
  scan: { text: string };
  job: Job;
  reader: Condition;
  scanner: Condition;
  printer: Condition;
  paper: Condition;
  drawer: Condition;
  agent: { here: boolean }; // the program beside the browser came or went
}

type Hear<K extends keyof Happenings> = (what: Happenings[K]) => void;

const partsShown: Part[] = ["reader", "scanner", "printer", "paper", "drawer"];
const seenKey = "devices-seen"; // the last event that any page of this tab saw

let one: Devices | null | undefined;

/** The devices of this machine, null where there are none. */
export function devices(): Devices | null {
  if (one === undefined) {
    const path = document.querySelector<HTMLMetaElement>('meta[name="devices"]')?.content;
    one = path ? new Devices(path) : null;
  }
  return one;
}

export class Devices {
  readonly status: Partial<Record<Part, Condition>> = {};
  here = false;
  private readonly ears = new Map<string, Set<(what: never) => void>>();
  private readonly jobs = new Map<string, Job>();
  private readonly asked = new Set<string>(); // slips of this page that are not over
  private stream: EventSource | undefined;

  constructor(readonly path: string) {
    hearWedge((text) => this.happen("scan", { text }));
    this.listen();
    void this.open();
    addEventListener("pagehide", () => this.stream?.close());
    addEventListener("pageshow", (e) => e.persisted && this.listen(false));
    // Of several tabs the one that is looked at gets the card; and a browser has
    // few connections to one server.
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.stream?.close();
      else this.listen(false);
    });
  }

  /** Calls fn whenever that happens; the answer ends it. */
  on<K extends keyof Happenings>(name: K, fn: Hear<K>): () => void {
    const set = this.ears.get(name) ?? new Set();
    this.ears.set(name, set.add(fn as (what: never) => void));
    return () => set.delete(fn as (what: never) => void);
  }

  /** Prints what is at an address of this server, in ESC/POS, and resolves when the
   *  slip is done or will never be. With an id of the caller's own it is printed once
   *  however often it is asked for. It throws when it cannot be queued at all. */
  async print(url: string, id: string = fresh()): Promise<Job> {
    const slip = await fetch(url, { credentials: "same-origin" });
    if (!slip.ok) throw new Error(`${url} answered ${slip.status}`);
    return this.printBytes(await slip.arrayBuffer(), id);
  }

  /** Prints these bytes. */
  async printBytes(bytes: BodyInit, id: string = fresh()): Promise<Job> {
    const over = this.over(id);
    const type = "application/vnd.escpos";
    const answer = await fetch(`${this.path}/print`, { method: "POST", headers: { "Content-Type": type, Job: id }, body: bytes });
    if (!answer.ok) throw new Error(((await answer.json()) as { zh: string }).zh);
    const { state } = (await answer.json()) as { state: Job["state"] };
    if (state === "done" || state === "failed") return { id, state, ask: false, zh: "", en: "" }; // it was printed before
    return over;
  }

  /** Opens the drawer. */
  async openDrawer(): Promise<void> {
    const answer = await fetch(`${this.path}/drawer`, { method: "POST" });
    if (!answer.ok) throw new Error(((await answer.json()) as { zh: string }).zh);
  }

  /** What a person says of a slip that asks, or that shall no longer wait. */
  async answer(job: string, word: Word): Promise<void> {
    await fetch(`${this.path}/jobs/${encodeURIComponent(job)}`, { method: "POST", body: JSON.stringify({ do: word }) });
  }

  private over(id: string): Promise<Job> {
    this.asked.add(id);
    return new Promise((resolve) => {
      const end = this.on("job", (job) => {
        if (job.id !== id || (job.state !== "done" && job.state !== "failed")) return;
        end();
        this.asked.delete(id);
        resolve(job);
      });
    });
  }

  /** What became of the slips while nobody told us. */
  private async missed(): Promise<void> {
    for (const id of this.asked) {
      const answer = await fetch(`${this.path}/jobs/${encodeURIComponent(id)}`).catch(() => undefined);
      if (answer?.ok) this.happen("job", (await answer.json()) as Job);
    }
  }

  /** Opens the stream; with what was missed while this page was being loaded, but
   *  not what happened to another tab meanwhile. */
  private listen(missed = true): void {
    this.stream?.close();
    const seen = missed ? (sessionStorage.getItem(seenKey) ?? "") : "";
    this.stream = new EventSource(`${this.path}/events?after=${encodeURIComponent(seen)}`);
    this.stream.addEventListener("open", () => this.change(true));
    this.stream.addEventListener("error", () => {
      this.change(false);
      // The browser tries again by itself, except after an answer that is no stream.
      if (this.stream?.readyState === EventSource.CLOSED) setTimeout(() => this.listen(), 2000);
    });
    for (const name of ["card", "card-gone", "scan", "job", ...partsShown] as (keyof Happenings)[]) {
      this.stream.addEventListener(name, (e) => {
        const { data, lastEventId } = e as MessageEvent<string>;
        if (lastEventId) sessionStorage.setItem(seenKey, lastEventId);
        this.happen(name, JSON.parse(data) as never);
      });
    }
  }

  private change(here: boolean): void {
    if (here === this.here && this.stream) return this.draw();
    this.here = here;
    this.happen("agent", { here });
    if (here) void this.missed();
  }

  private happen<K extends keyof Happenings>(name: K, what: Happenings[K]): void {
    if (partsShown.includes(name as Part)) this.status[name as Part] = what as Condition;
    if (name === "job") this.note(what as Job);
    for (const fn of this.ears.get(name) ?? []) (fn as Hear<K>)(what);
    if (name !== "scan") this.draw();
  }

  private note(job: Job): void {
    if (job.state === "waiting" || job.state === "printing") this.jobs.set(job.id, job);
    else this.jobs.delete(job.id);
  }

  /** Slips of a page before this one may still wait for a word. */
  private async open(): Promise<void> {
    try {
      const answer = await fetch(`${this.path}/status`);
      if (answer.ok) for (const job of ((await answer.json()) as { jobs: Job[] }).jobs) this.note(job);
      this.draw();
    } catch {
      // The stream shows that nobody answers.
    }
  }

  /** Draws the states into the element with the id "devices", where a page has one:
   *  a mark a part, its sentence beside it when something is wrong, and what a slip
   *  asks. */
  private draw(): void {
    const into = document.getElementById("devices");
    if (!into) return;
    const zh = !document.documentElement.lang.startsWith("en");
    const say = (c: { zh: string; en: string }) => (zh ? c.zh : c.en);
    const names: Record<Part, string> = zh
      ? { reader: "读卡器", scanner: "扫码", printer: "打印机", paper: "纸", drawer: "钱箱" }
      : { reader: "Reader", scanner: "Scanner", printer: "Printer", paper: "Paper", drawer: "Drawer" };
    const shown: HTMLElement[] = [];
    const add = (state: string, text: string, title: string) => {
      const e = document.createElement("span");
      e.className = `device ${state}`;
      e.textContent = text;
      e.title = title;
      shown.push(e);
      return e;
    };
    if (!this.here) add("absent", zh ? "✗ 设备程序未运行" : "✗ no device program", "chepiao device run");
    else {
      for (const part of partsShown) {
        const c = this.status[part];
        if (!c || c.state === "none" || (part === "paper" && c.state === this.status.printer?.state)) continue;
        const fine = c.state === "ready" || c.state === "busy";
        const mark = fine ? "✓" : c.state === "low" || (part === "drawer" && c.state === "open") ? "!" : "✗";
        add(c.state, fine ? `${mark} ${names[part]}` : `${mark} ${say(c)}`, say(c)).dataset.part = part;
      }
      for (const job of this.jobs.values()) {
        const e = add(job.ask ? "ask" : job.state, `${job.ask ? "?" : "⎙"} ${say(job)} `, say(job));
        e.dataset.job = job.id;
        const words: [Word, string][] = job.ask
          ? [["again", zh ? "重打" : "Print again"], ["done", zh ? "已打好" : "It is fine"], ["drop", zh ? "放弃" : "Give up"]]
          : job.state === "waiting" && job.why ? [["drop", zh ? "放弃" : "Give up"]] : [];
        for (const [word, text] of words) {
          const b = document.createElement("button");
          b.type = "button";
          b.dataset.word = word;
          b.textContent = text;
          b.addEventListener("click", () => void this.answer(job.id, word));
          e.append(b, " ");
        }
      }
    }
    into.setAttribute("role", "status");
    into.replaceChildren(...shown);
  }
}

/** Hears every scan, of a serial scanner or of one that types. */
export function onScan(fn: (text: string) => void): void {
  const d = devices();
  if (d) d.on("scan", ({ text }) => fn(text));
  else hearWedge(fn);
}

// A scanner that types is faster than anybody: so many characters, no more than so
// many milliseconds apart, ended by Enter.
const burstMin = 10;
const burstGap = 50;
const burstSure = 6; // characters after which it is taken for one, and kept out of fields

let wedge: Set<(text: string) => void> | undefined;

function hearWedge(fn: (text: string) => void): void {
  if (wedge) {
    wedge.add(fn);
    return;
  }
  const ears = (wedge = new Set([fn]));
  let typed = "";
  let last = 0;
  let before: { field: HTMLInputElement; value: string } | undefined;

  const restore = () => {
    if (!before) return;
    before.field.value = before.value;
    before.field.dispatchEvent(new Event("input", { bubbles: true }));
    before = undefined;
  };
  document.addEventListener(
    "keydown",
    (e) => {
      const field = e.target as HTMLElement;
      if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || field.dataset?.wedge === "own") return;
      const late = e.timeStamp - last > burstGap;
      if (e.key === "Enter") {
        if (!late && typed.length >= burstMin) {
          e.preventDefault();
          e.stopImmediatePropagation();
          restore();
          const text = typed;
          for (const ear of ears) ear(text);
          dispatchEvent(new CustomEvent("chepiao:scan", { detail: text })); // what a test can hear
        }
        typed = "";
        before = undefined;
        return;
      }
      if (e.key.length !== 1 || e.repeat) return; // Shift goes before capitals
      if (late) {
        typed = "";
        before = field instanceof HTMLInputElement ? { field, value: field.value } : undefined;
      }
      typed += e.key;
      last = e.timeStamp;
      if (typed.length > burstSure) {
        restore();
        e.preventDefault();
        e.stopImmediatePropagation();
      }
    },
    { capture: true },
  );
}

/** An id of 128 bits, for a slip. */
function fresh(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}
