// Puts the gate that decides alone behind the gate's one form. While the node
// answers in time nothing here is seen but the word "live"; when it does not, the
// same answer is drawn by this page.
import { Alone, type Answer, type State } from "./alone";

const patience = 1_500; // ms the node may take for a check while it is there
const shy = 400; // ms while it is known to be gone: the list answers, the node is only tried

export function withoutNode(beep: (sound: string, again: boolean) => void): void {
  const head = document.getElementById("alone");
  if (!head || typeof Go === "undefined" || !head.dataset.wasm) return;
  const say = head.dataset as Record<string, string>;
  const here = { query: say.query!, gate: say.gate!, place: say.place!, departure: say.departure!, device: say.device!, wasm: say.wasm! };
  let last: State | undefined;
  let level = "list";
  const draw = () => last && show(last, level, say);
  const alone = new Alone(here, (s) => {
    last = s;
    draw();
  });
  setInterval(draw, 10_000);
  void navigator.serviceWorker?.register("/gate/sw.js", { scope: "/gate" }).catch(() => undefined);

  let asked: { fields: Record<string, string>; id: string } | undefined;
  let after = ""; // ticket that waits for its document
  document.addEventListener("htmx:configRequest", (e) => {
    const detail = (e as CustomEvent).detail as { path: string; parameters: Record<string, string>; timeout?: number };
    if (!detail.path.startsWith("/gate/check")) return;
    asked = { fields: { ...detail.parameters }, id: crypto.randomUUID() };
    detail.parameters.once = asked.id;
  });
  document.addEventListener("htmx:beforeRequest", (e) => {
    const detail = (e as CustomEvent).detail as { xhr: XMLHttpRequest; pathInfo: { requestPath: string } };
    if (detail.pathInfo.requestPath.startsWith("/gate/check")) detail.xhr.timeout = last && !last.live ? shy : patience;
  });
  document.addEventListener("htmx:afterSwap", (e) => {
    const passed = (e.target as HTMLElement).querySelector<HTMLTemplateElement>("#passed")?.content.querySelector<HTMLElement>("[data-undo]");
    if (passed) void alone.saw(passed.dataset.undo!).catch(() => undefined);
  });
  const down = (e: Event) => {
    const detail = (e as CustomEvent).detail as { pathInfo: { requestPath: string } };
    if (!detail.pathInfo.requestPath.startsWith("/gate/check") || !asked) return;
    alone.lost();
    void decide(asked.fields, asked.id);
  };
  document.addEventListener("htmx:sendError", down);
  document.addEventListener("htmx:timeout", down);
  document.addEventListener("htmx:responseError", (e) => {
    if (((e as CustomEvent).detail as { xhr: XMLHttpRequest }).xhr.status >= 500) down(e);
  });

  async function decide(fields: Record<string, string>, id: string): Promise<Answer | undefined> {
    let a: Answer | undefined;
    try {
      a = await alone.decide(reading(fields, after), id);
    } catch {
      const sentence = say.full!;
      a = { level: "list", verdict: { pass: false, reason: "FULL", light: "red", sound: "stop", zh: sentence, en: "", next: { zh: sentence, en: sentence } } };
    }
    const nothing = { zh: say.nothing!, en: "" };
    a ??= { level: "list", verdict: { pass: false, reason: "NO_LIST", light: "amber", sound: "wait", ...nothing, next: { zh: say.nothing!, en: say.nothing! } } };
    level = a.level;
    after = a.verdict.reason === "NEED_ID" ? (a.ticket ?? "") : "";
    draw();
    paint(a, say, () => void decide({ ...fields, seen: "resident_id" }, crypto.randomUUID()));
    beep(a.verdict.sound, !!a.verdict.again);
    return a;
  }
  // The page's own entry, for a test that scans hundreds.
  (globalThis as unknown as { gateAlone: unknown }).gateAlone = { decide, look: () => alone.look() };
}

/** What was read, in the words of alone.Ask. */
function reading(fields: Record<string, string>, after: string): Record<string, string> {
  const text = (fields.code ?? "").trim();
  const ask: Record<string, string> = {};
  if (fields.seen) ask.seen = fields.seen;
  if (fields.override) ask.override = fields.override;
  if (/^CP1:/i.test(text)) ask.code = text;
  else if (/^TK/i.test(text)) ask.ticket = text;
  else if (text) {
    ask.number = text;
    ask.document = fields.kind || "resident_id";
    if (fields.nationality) ask.nationality = fields.nationality;
    if (after) ask.after = after;
  }
  return ask;
}

function fill(sentence: string, n: number): string {
  return sentence.replace("{n}", String(n));
}

/** The level with what the clerk should know: age of the list, passages that wait. */
function show(s: State, level: string, say: Record<string, string>): void {
  const box = document.getElementById("level")!;
  const now = s.live ? "live" : !s.list ? "nothing" : level;
  box.dataset.level = now;
  box.querySelector("b")!.textContent = say[now]!;
  const more: string[] = [];
  if (s.list && !s.live) more.push(fill(say.age!, Math.max(0, Math.floor((Date.now() - s.list.at) / 60_000))));
  if (s.waiting) more.push(fill(say.waiting!, s.waiting));
  if (s.doubt) more.push(fill(say.doubt!, s.doubt));
  if (Math.abs(s.drift) > 5_000) more.push(fill(say.drift!, Math.round(s.drift / 1000)));
  box.querySelector("span")!.textContent = more.join(" · ");
  box.dataset.waiting = String(s.waiting);
}

/** The answer, drawn as the node draws it. */
function paint(a: Answer, say: Record<string, string>, confirm: () => void): void {
  const v = a.verdict;
  const box = document.createElement("section");
  box.id = "verdict";
  box.className = `verdict ${v.light}`;
  Object.assign(box.dataset, { light: v.light, sound: v.sound, reason: v.reason, alone: a.level });
  box.setAttribute("role", "status");
  box.setAttribute("aria-live", "assertive");
  const add = (tag: string, name: string, text: string) => {
    const e = document.createElement(tag);
    e.className = name;
    e.textContent = text;
    box.append(e);
    return e;
  };
  add("p", "sign", v.light === "green" ? "✓" : v.light === "amber" ? "!" : "✕").setAttribute("aria-hidden", "true");
  if (v.pass && a.seat) {
    const seat = add("p", "seat", "");
    const [word, number] = [document.createElement("span"), document.createElement("b")];
    [word.textContent, number.textContent] = [say.seat!, String(a.seat)];
    seat.append(word, number);
  }
  add("h2", "", v.zh).lang = "zh-CN";
  add("p", "en", v.en && v.en[0]!.toUpperCase() + v.en.slice(1)).lang = "en";
  const en = say.lang!.startsWith("en");
  if (a.number) add("p", "journey", [a.number, a.departs, en ? a.to_en : a.to_zh].filter(Boolean).join(" "));
  add("p", "next", en ? v.next.en : v.next.zh);
  if (a.hand) {
    const acts = add("div", "acts", "");
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.key = "F2";
    button.textContent = say.confirm!;
    button.addEventListener("click", confirm, { once: true });
    acts.append(button);
  }
  add("p", "reason", v.sound === "alarm" ? "" : v.reason);
  document.getElementById("verdict")!.replaceWith(box);
}
