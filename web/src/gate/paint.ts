// Draws what a gate without its node has decided: the answer as the node draws it,
// and the level at which it was made.
import type { Answer, Row, State } from "./alone";

export interface Acts {
  confirm: () => void; // a clerk has looked at the document
  children: () => void; // the children pass with their adult
  override: boolean; // a supervisor stands here
}

function fill(sentence: string, n: number): string {
  return sentence.replace("{n}", String(n));
}

/** The level with what the clerk should know: age of the list, passages that wait. */
export function show(s: State, level: string, say: Record<string, string>): void {
  const box = document.getElementById("level")!;
  const now = s.live ? "live" : !s.list ? "nothing" : level;
  box.dataset.level = now;
  box.querySelector("b")!.textContent = say[now]!;
  const more: string[] = [];
  if (s.list && !s.live) more.push(fill(say.age!, Math.max(0, Math.floor((Date.now() - s.list.at) / 60_000))));
  if (s.waiting) more.push(fill(say.waiting!, s.waiting));
  if (s.stuck) more.push(fill(say.stuck!, s.stuck));
  if (s.doubt) more.push(fill(say.doubt!, s.doubt));
  if (Math.abs(s.drift) > 5_000) more.push(fill(say.drift!, Math.round(s.drift / 1000)));
  box.querySelector("span")!.textContent = more.join(" · ");
  box.dataset.waiting = String(s.waiting);
}

/** What leaves next in the place of the node's table, whose rows it takes over. */
export function board(rows: Row[], en: boolean, tomorrow: string): void {
  const body = document.querySelector<HTMLElement>("#board tbody")!;
  const had = new Map([...body.querySelectorAll<HTMLElement>("tr[data-run]")].map((tr) => [tr.dataset.run!, tr]));
  body.replaceChildren(...rows.map((r) => counted(had.get(r.departure) ?? drawn(r, en, tomorrow), r)));
}

function counted(tr: HTMLElement, r: Row): HTMLElement {
  tr.classList.toggle("gone", !!r.gone);
  const count = tr.querySelector(".count")!;
  count.querySelector("b")!.textContent = String(r.checked);
  count.childNodes[1]!.textContent = `/${r.sold}`;
  Object.assign(count.querySelector("meter")!, { max: r.sold || 1, value: r.checked });
  return tr;
}

function drawn(r: Row, en: boolean, tomorrow: string): HTMLElement {
  const tr = document.createElement("tr");
  tr.dataset.run = r.departure;
  const when = add(tr, "td", "", "");
  add(when, "time", "", r.departs);
  if (r.tomorrow) add(when, "small", "", ` ${tomorrow}`);
  for (const text of [r.number, en ? r.to_en : r.to_zh, r.gate ?? ""]) add(tr, "td", "", text);
  const count = add(tr, "td", "count", "");
  add(count, "b", "", "");
  count.append("/");
  add(count, "meter", "", "").setAttribute("aria-label", document.querySelector("#board th:last-child")!.textContent!);
  return tr;
}

/** The answer in the place of the one before. */
export function paint(a: Answer, say: Record<string, string>, acts: Acts): HTMLElement {
  const v = a.verdict;
  const en = say.lang!.startsWith("en");
  const box = document.createElement("section");
  box.id = "verdict";
  box.className = `verdict ${v.light}`;
  Object.assign(box.dataset, { light: v.light, sound: v.sound, reason: v.reason, alone: a.level });
  if (v.again) box.dataset.again = "";
  box.setAttribute("role", "status");
  box.setAttribute("aria-live", "assertive");
  add(box, "p", "sign", v.light === "green" ? "✓" : v.light === "amber" ? "!" : "✕").setAttribute("aria-hidden", "true");
  if (v.pass && a.seat) {
    const seat = add(box, "p", "seat", "");
    add(seat, "span", "", say.seat!);
    add(seat, "b", "", String(a.seat));
  }
  add(box, "h2", "", v.zh).lang = "zh-CN";
  add(box, "p", "en", capital(v.en)).lang = "en";
  const journey = a.number ? [a.number, a.departs, en ? a.to_en : a.to_zh].filter(Boolean).join(" ") : "";
  if (journey) add(box, "p", "journey", journey);
  add(box, "p", "next", en ? v.next.en : v.next.zh);
  buttons(box, a, say, acts, `${en ? capital(v.en) : v.zh} · ${journey}`);
  const reason = add(box, "p", "reason", "");
  add(reason, "span", "", v.sound === "alarm" ? "" : v.reason);
  reason.append(passed(v.light, en ? capital(v.en) : v.zh, journey, say[a.level]!));
  document.getElementById("verdict")!.replaceWith(box);
  return box;
}

/** What a clerk may do about it, with the keys of the page that the node draws. */
function buttons(box: HTMLElement, a: Answer, say: Record<string, string>, acts: Acts, what: string): void {
  const row = document.createElement("div");
  row.className = "acts";
  const button = (key: string, text: string, does?: () => void) => {
    const b = add(row, "button", "", `${text} `) as HTMLButtonElement;
    b.type = "button";
    b.dataset.key = key;
    add(b, "kbd", "", key);
    if (does) b.addEventListener("click", does, { once: true });
    return b;
  };
  if (a.verdict.pass && a.verdict.children) button("F4", fill(say.children!, a.verdict.children), acts.children);
  if (a.hand) button("F2", say.confirm!, acts.confirm);
  if (a.override && a.ticket && acts.override) Object.assign(button("F8", say.lets!).dataset, { override: a.ticket, what });
  if (row.childElementCount) box.append(row);
}

/** The line among the last passages. */
function passed(light: string, text: string, journey: string, level: string): HTMLTemplateElement {
  const template = document.createElement("template");
  template.id = "passed";
  const line = document.createElement("li");
  line.className = light;
  const now = document.getElementById("clock")?.textContent ?? "";
  add(line, "time", "", now);
  const what = add(line, "span", "what", "");
  add(what, "b", "", text);
  add(what, "span", "", [journey, level].filter(Boolean).join(" · "));
  template.content.append(line);
  return template;
}

function add(to: HTMLElement, tag: string, name: string, text: string): HTMLElement {
  const e = document.createElement(tag);
  e.className = name;
  e.textContent = text;
  to.append(e);
  return e;
}

const capital = (s: string) => s && s[0]!.toUpperCase() + s.slice(1);
