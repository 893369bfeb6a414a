// Puts the gate that decides alone behind the gate's one form. While the node
// answers in time nothing here is seen but the word "live"; when it does not, the
// same answer is drawn by this page.
import { Alone, type Answer, type State } from "./alone";
import { board, paint, show } from "./paint";

const patience = 1_500; // ms the node may take for a check while it is there
const shy = 400; // ms while it is known to be gone: the list answers, the node is only tried

/** answered is told of each answer that this page has drawn, as if the node had. */
export function withoutNode(answered: (box: HTMLElement) => void): void {
  const head = document.getElementById("alone");
  if (!head || typeof Go === "undefined" || !head.dataset.wasm) return;
  const say = head.dataset as Record<string, string>;
  const here = { query: say.query!, gate: say.gate!, place: say.place!, departure: say.departure!, device: say.device!, wasm: say.wasm! };
  let last: State | undefined;
  let level = "list";
  const table = document.getElementById("board");
  const draw = () => {
    if (!last) return;
    show(last, level, say);
    if (!last.live && last.list && table) board(alone.board(Number(say.past), Number(say.most)), say.lang!.startsWith("en"), say.tomorrow!);
  };
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
    if (/^cpd_/.test(fields.code ?? "")) a = { level: "list", verdict: { pass: false, reason: "STAFF_UNKNOWN", light: "amber", sound: "wait", zh: say.staff!, en: "", next: { zh: say.staff!, en: say.staff! } } };
    try {
      a ??= await alone.decide(reading(fields, after), id);
    } catch {
      const next = say.hand!;
      a = { level: "list", verdict: { pass: false, reason: "FULL", light: "red", sound: "stop", zh: say.full!, en: "", next: { zh: next, en: next } } };
    }
    const nothing = { zh: say.nothing!, en: "" };
    a ??= { level: "list", verdict: { pass: false, reason: "NO_LIST", light: "amber", sound: "wait", ...nothing, next: { zh: say.nothing!, en: say.nothing! } } };
    level = a.level;
    after = a.verdict.reason === "NEED_ID" ? (a.ticket ?? "") : "";
    draw();
    answered(
      paint(a, say, {
        confirm: () => void decide({ ...fields, seen: "resident_id" }, crypto.randomUUID()),
        children: () => void decide({ ...fields, children: "yes" }, crypto.randomUUID()),
        override: alone.mayOverride(),
      }),
    );
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
  for (const name of ["override", "children"]) if (fields[name]) ask[name] = fields[name];
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
