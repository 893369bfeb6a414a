// A self-service machine's page. One customer follows another, so nothing stays in
// the browser: pages are fetched and put in place of the one before, so that the
// address and the history never change; what a visit needs in between lives in
// variables; and its end asks the server to forget, clears every storage and begins
// anew in place.
import { faces } from "./face";
import { devices, type Card } from "./parts/device";
import { clocks } from "./parts/clock";
import { keyboard, letters } from "./kiosk/keys";
import { autoPrint, printButton, testPrint, ready } from "./kiosk/print";
import { offline, reportParts, watchIdle } from "./kiosk/health";
import { hush, speak, voiceButton } from "./kiosk/voice";

const idleDefault = 60; // s without a touch until the page asks
const stillSeconds = 15; // s it waits for an answer
const waitsMax = 120_000; // ms that a card laid down early waits for its page

let touched = performance.now();
let asking: number | undefined; // when the question was put
let busy = false;
let ended = false;
let card: { card: Card; at: number } | undefined;
let poll: ReturnType<typeof setInterval> | undefined;

const main = () => document.getElementById("main")!;

/** Puts another page in the place of this one. */
async function go(url: string, init?: RequestInit): Promise<void> {
  if (busy || ended) return;
  busy = true;
  document.documentElement.classList.add("busy");
  try {
    const answer = await fetch(url, { credentials: "same-origin", cache: "no-store", ...init });
    const text = await answer.text();
    offline(false);
    if (ended) return;
    const page = new DOMParser().parseFromString(text, "text/html");
    if (!page.getElementById("main")) {
      location.replace("/kiosk"); // a page of another kind: the sign-in, or a fault
      return;
    }
    document.title = page.title;
    document.documentElement.lang = page.documentElement.lang;
    document.body.className = page.body.className;
    document.body.replaceChildren(...page.body.childNodes);
    scrollTo(0, 0);
    opened();
  } catch {
    offline(true);
  } finally {
    busy = false;
    document.documentElement.classList.remove("busy");
  }
}

/** Sends a form as its button says. */
function send(form: HTMLFormElement, button?: HTMLElement | null): void {
  const data = new URLSearchParams(new FormData(form) as never);
  const b = button as HTMLButtonElement | null | undefined;
  if (b?.name) data.set(b.name, b.value);
  void go(b?.getAttribute("formaction") || form.getAttribute("action")!, { method: "POST", body: data });
}

/** What every page needs once it is in place. */
function opened(): void {
  clearInterval(poll);
  stay();
  faces();
  clocks();
  letters();
  keyboard();
  voiceButton();
  for (const b of document.querySelectorAll('[data-do="large"]')) b.setAttribute("aria-pressed", String(document.documentElement.classList.contains("large")));
  for (const i of document.querySelectorAll<HTMLElement>("[data-with]")) i.hidden = true;
  tick();
  states();
  speak(main().dataset.say ?? "");
  const waits = document.querySelector<HTMLElement>("[data-poll]");
  if (waits) poll = setInterval(() => void paying(waits.dataset.poll!), 1000);
  autoPrint();
  if (card && performance.now() - card.at < waitsMax && document.querySelector("[data-take]")) laid(card.card);
  document.documentElement.dataset.ready = "yes";
}

/** Asks how the money stands. */
async function paying(url: string): Promise<void> {
  try {
    const answer = await fetch(url, { cache: "no-store" });
    offline(false);
    if (answer.status !== 200) return;
    await go(((await answer.json()) as { go: string }).go); // in place it ends the asking
  } catch {
    offline(true);
  }
}

/** A card on the reader: a passenger more, or whose tickets. Where a page has no use
 *  for it yet it waits a moment, in memory only. */
function laid(one: Card): void {
  touch();
  card = undefined;
  const sale = document.querySelector<HTMLElement>("[data-take]")?.closest("form");
  const body = new URLSearchParams({ how: "card" });
  if (sale) {
    for (const [k, v] of new FormData(sale)) body.set(k, String(v));
    body.set("act", "take");
    for (const [k, v] of Object.entries({ kind: one.kind, number: one.number, name: one.name, expires: one.expires })) body.set(`new_${k}`, v);
    void go(sale.dataset.draft!, { method: "POST", body });
    return;
  }
  const find = document.querySelector<HTMLElement>("[data-card]");
  if (find) {
    body.set("kind", one.kind);
    body.set("number", one.number);
    body.set("for", find.dataset.for ?? "");
    void go(find.dataset.card!, { method: "POST", body });
    return;
  }
  if (document.body.matches(":not(.operator)")) card = { card: one, at: performance.now() };
}

/** Ends the visit: the server forgets, and so does the browser. */
async function end(): Promise<void> {
  if (ended) return;
  ended = true;
  hush();
  clearInterval(poll);
  card = undefined;
  main().replaceChildren();
  faces();
  document.querySelector<HTMLDialogElement>("#still")?.close();
  await fetch("/kiosk/end", { method: "POST", keepalive: true }).catch(() => undefined);
  sessionStorage.clear();
  localStorage.clear();
  location.replace("/kiosk?lang=zh&large=0");
}

function touch(): void {
  touched = performance.now();
}

function stay(): void {
  touch();
  asking = undefined;
  document.querySelector<HTMLDialogElement>("#still")?.close();
}

/** Every quarter of a second: is somebody still there? */
function tick(): void {
  const now = performance.now();
  const clock = document.getElementById("clock");
  if (clock) clock.textContent = new Date().toTimeString().slice(0, 5);
  const limit = Number(main().dataset.idle ?? idleDefault) * 1000 * pace();
  if (ended || !limit) return;
  const dialog = document.querySelector<HTMLDialogElement>("#still")!;
  if (asking === undefined) {
    if (now - touched < limit || document.querySelector("[data-printing]")) return;
    asking = now;
    dialog.showModal();
    speak(document.getElementById("still-title")!.textContent ?? "");
  }
  const left = Math.max(0, stillSeconds - (now - asking) / 1000);
  document.getElementById("still-left")!.textContent = String(Math.ceil(left));
  dialog.querySelector<SVGElement>(".left")!.style.strokeDashoffset = String(100 - (100 * left) / stillSeconds);
  if (left === 0) void end();
}

/** A test need not stand about for a minute: it may say how much of one. */
const pace = () => Number(document.documentElement.dataset.pace ?? 1);

/** What the pages say about a printer or a reader that does not work. */
function states(): void {
  const d = devices();
  const canPrint = ready();
  for (const e of document.querySelectorAll<HTMLElement>("[data-noprint]")) e.hidden = canPrint;
  for (const e of document.querySelectorAll<HTMLButtonElement>("[data-needsprinter]")) e.disabled = !canPrint;
  const reads = d?.here === true && ["ready", "busy"].includes(d.status.reader?.state ?? "");
  for (const e of document.querySelectorAll<HTMLElement>("[data-noreader]")) e.hidden = reads;
}

document.addEventListener("click", (e) => {
  const on = (e.target as HTMLElement).closest<HTMLElement>("a, button");
  if (!on) return;
  const link = on.getAttribute("href");
  if (link) {
    if (on.dataset.out !== undefined) return;
    e.preventDefault();
    if (link.startsWith("#")) return;
    if (link === "/kiosk" && !document.body.matches(".operator, .start, .quiet")) void end();
    else if (on.dataset.hold === undefined || !document.body.matches(".start")) void go(link);
    return;
  }
  switch (on.dataset.do) {
    case "end":
      return void end();
    case "stay":
      return stay();
    case "large": {
      const yes = document.documentElement.classList.toggle("large");
      return on.setAttribute("aria-pressed", String(yes));
    }
    case "test":
      return void testPrint();
  }
  if (on.dataset.print) return void printButton(on);
  if (on.dataset.set) {
    const [name, value] = on.dataset.set.split("=");
    (on.closest("form")!.elements.namedItem(name!) as HTMLInputElement).value = value!;
    for (const b of on.parentElement!.querySelectorAll("[data-set]")) {
      b.classList.toggle("on", b === on);
      b.setAttribute("aria-pressed", String(b === on));
    }
    for (const i of document.querySelectorAll<HTMLElement>("[data-with]")) i.hidden = i.dataset.with !== on.dataset.set;
  }
});

document.addEventListener("submit", (e) => {
  e.preventDefault();
  send(e.target as HTMLFormElement, e.submitter);
});

// A ticket that is tapped changes the sum: the page is asked anew.
document.addEventListener("change", (e) => {
  const on = e.target as HTMLElement;
  if (!on.dataset.submit) return;
  const form = on.closest("form")!;
  const data = new URLSearchParams(new FormData(form) as never);
  data.set("act", on.dataset.submit);
  void go(form.getAttribute("action")!, { method: "POST", body: data });
});

// The mark held for three seconds leads to the page for whoever looks after the machine.
let held: ReturnType<typeof setTimeout> | undefined;
document.addEventListener("pointerdown", (e) => {
  touch();
  const mark = (e.target as HTMLElement).closest<HTMLElement>("[data-hold]");
  if (mark) held = setTimeout(() => location.replace(mark.dataset.hold!), 3000);
});
for (const over of ["pointerup", "pointercancel"]) document.addEventListener(over, () => clearTimeout(held));
document.addEventListener("keydown", touch);
document.addEventListener("contextmenu", (e) => e.preventDefault());
document.addEventListener("kiosk:state", states);
document.addEventListener("kiosk:go", (e) => void go((e as CustomEvent<string>).detail));
addEventListener("pageshow", (e) => e.persisted && location.replace("/kiosk"));

const d = devices();
d?.on("card", laid);
for (const part of ["reader", "printer", "paper", "agent"] as const) d?.on(part, () => states());
reportParts();
watchIdle();
setInterval(tick, 250);
opened();
