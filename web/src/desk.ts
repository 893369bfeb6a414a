// The desk by keyboard: letters begin acts, j and k walk the board, digits turn
// the pages. Everything works with a mouse and without this script.
import { emergency } from "./desk/emergency";
import { hall } from "./desk/hall";

const board = () => document.getElementById("board");
const rows = () => [...document.querySelectorAll<HTMLElement>("tr[data-link]")].filter((r) => !r.hidden);

// What must outlive a refresh of the board: which row has the cursor, which are
// picked, what is filtered.
let at: string | undefined;
let picked = new Set<string>();
let words = "";
let state = ""; // the one that is shown, "" for all
let scrolled = 0;
let typing: [number, number] | undefined; // where in the filter
let focused = ""; // selector of what had the focus inside the board, apart from rows

document.addEventListener("keydown", key);
document.addEventListener("click", click);
document.addEventListener("input", input);
document.addEventListener("change", change);
document.addEventListener("toggle", opened, true);
document.addEventListener("htmx:beforeRequest", hold);
document.addEventListener("htmx:beforeSwap", remember);
document.addEventListener("htmx:afterSwap", settle);
document.addEventListener("htmx:afterSettle", (e) => (e.target as HTMLElement).id === "act" && begin());
mark();
settle();
begin();
emergency();
hall();
document.querySelector<HTMLFormElement>("form[data-go]")?.requestSubmit(); // a long piece of work goes on by itself
document.documentElement.dataset.ready = ""; // from now on the keys are heard

/** The tab of this page is the one that is here. */
function mark(): void {
  document.querySelector(`.tabs [data-tab="${document.body.dataset.tab}"]`)?.setAttribute("aria-current", "page");
}

/** Where the hands are when a page opens. */
function begin(): void {
  cover();
  const first = document.querySelector<HTMLElement>("[aria-invalid=true], .problem") ?? document.querySelector<HTMLElement>("[data-focus]") ?? document.querySelector<HTMLElement>("details[open] input:not([type=hidden])") ?? document.querySelector<HTMLElement>("[autofocus]");
  first?.focus();
  const was = board() && document.querySelector<HTMLElement>(`tr[data-id="${sessionStorage.getItem("desk-at")}"]`);
  const next = was || document.querySelector<HTMLElement>("tr[data-next]");
  if (next && !at) put(next, false);
}

/** No look at the server while a form is open or nobody looks. */
function hold(e: Event): void {
  const from = e.target as HTMLElement;
  if ((from.id === "board" || from.id === "live") && (document.hidden || from.querySelector("details[open]"))) e.preventDefault();
}

function remember(e: Event): void {
  if ((e.target as HTMLElement).id !== "board") return;
  picked = new Set([...document.querySelectorAll<HTMLInputElement>("#board tbody input:checked")].map((i) => i.value));
  scrolled = document.querySelector("#board .list")?.scrollTop ?? 0;
  const on = document.activeElement;
  typing = on instanceof HTMLInputElement && on.id === "filter" ? [on.selectionStart ?? 0, on.selectionEnd ?? 0] : undefined;
  focused = on instanceof HTMLElement && board()!.contains(on) ? selectorOf(on) : "";
}

/** How the same thing is found in a fresh board. */
function selectorOf(on: HTMLElement): string {
  const row = on.closest<HTMLElement>("tr[data-id]");
  const inside = row ? `tr[data-id="${row.dataset.id}"] ` : "";
  if (on.id) return `#${on.id}`;
  if (on.dataset.state !== undefined) return `[data-state="${on.dataset.state}"]`;
  if (on.dataset.emergency) return `[data-emergency="${on.dataset.emergency}"]`;
  if (on instanceof HTMLInputElement) return `${inside}input[value="${on.value}"]`;
  if (on instanceof HTMLAnchorElement) return `#board ${inside}a[href="${on.getAttribute("href")}"]`;
  return on instanceof HTMLButtonElement && on.value ? `#board button[value="${on.value}"]` : "";
}

/** What was remembered is put into the page as it is now. */
function settle(): void {
  seats();
  if (!board()) return;
  const filter = document.getElementById("filter") as HTMLInputElement;
  filter.value = words;
  for (const box of document.querySelectorAll<HTMLInputElement>("#board tbody input")) box.checked = picked.has(box.value);
  sift();
  count();
  const row = at && document.querySelector<HTMLElement>(`tr[data-id="${at}"]`);
  if (row) put(row, false);
  const list = document.querySelector("#board .list");
  if (list && scrolled) list.scrollTop = scrolled;
  if (typing) filter.setSelectionRange(...typing);
  if (focused) document.querySelector<HTMLElement>(focused)?.focus({ preventScroll: true });
}

/** The filter hides what does not fit. */
function sift(): void {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  const buttons = [...document.querySelectorAll<HTMLElement>("[data-state]")];
  if (buttons.length && !buttons.some((b) => b.dataset.state === state)) state = ""; // nothing is in it any more
  for (const b of buttons) b.setAttribute("aria-pressed", String(b.dataset.state === state));
  let shown = 0;
  for (const row of document.querySelectorAll<HTMLElement>("tr[data-find]")) {
    const fits = wanted.every((w) => row.dataset.find!.includes(w)) && (!state || row.dataset.in!.split(" ").includes(state));
    row.hidden = !fits;
    if (fits) shown++;
  }
  for (const split of document.querySelectorAll<HTMLElement>("tr.split")) split.hidden = wanted.length > 0 || state !== "";
  const nothing = document.querySelector<HTMLElement>(".nothing");
  if (nothing) nothing.hidden = shown > 0 || !document.querySelector("tr[data-find]");
}

function count(): void {
  const n = document.querySelectorAll("#board tbody input:checked").length;
  const says = document.querySelector("[data-picked]");
  if (says) says.textContent = n ? `× ${n}` : "";
}

/** The cursor stands on a row. */
function put(row: HTMLElement, focus = true): void {
  for (const old of document.querySelectorAll("tr.at")) old.classList.remove("at");
  row.classList.add("at");
  at = row.dataset.id ?? row.dataset.link;
  if (row.dataset.id) sessionStorage.setItem("desk-at", row.dataset.id); // whoever comes back from a departure is where they were
  row.scrollIntoView({ block: "nearest" });
  if (focus) row.querySelector<HTMLElement>("a")?.focus({ preventScroll: true });
}

function walk(step: number): void {
  const all = rows();
  if (!all.length) return;
  const here = all.findIndex((r) => r.classList.contains("at"));
  put(all[Math.min(all.length - 1, Math.max(0, here < 0 ? 0 : here + step))]!);
}

function key(e: KeyboardEvent): void {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
  if (e.key === "Escape") return escape(e);
  const on = e.target as HTMLElement;
  if (on.matches("input:not([type=checkbox]):not([type=radio]), select, textarea")) return;
  if (e.key === "j" || e.key === "ArrowDown") return doing(e, () => walk(1));
  if (e.key === "k" || e.key === "ArrowUp") return doing(e, () => walk(-1));
  if (e.key === "/") return doing(e, () => document.getElementById("filter")?.focus());
  if (e.key === "!") return doing(e, () => document.querySelector<HTMLElement>('[data-state="alarm"]')?.click());
  if (e.key === "x") return doing(e, () => document.querySelector<HTMLElement>("tr.at input")?.click());
  if (e.key === "Enter" && on === document.body) return doing(e, () => document.querySelector<HTMLElement>("tr.at a")?.click());
  if (/^[1-7]$/.test(e.key)) return doing(e, () => document.querySelectorAll<HTMLElement>(".tabs a")[Number(e.key) - 1]?.click());
  if (/^[a-z]$/.test(e.key)) letter(e);
}

function doing(e: KeyboardEvent, what: () => void): void {
  e.preventDefault();
  what();
}

/** A letter does what the element that carries it does; on the board it begins
    the act on what is picked, else on the row with the cursor. */
function letter(e: KeyboardEvent): void {
  if (document.querySelector("dialog[open]")) return;
  if (board() && !document.querySelector("#board tbody input:checked")) {
    const row = document.querySelector<HTMLElement>("tr.at");
    const urgent = e.key === "l" && row?.querySelector<HTMLElement>("[data-emergency]");
    if (urgent) doing(e, () => urgent.click());
    else if (row) doing(e, () => beginOn(row, e.key));
    return;
  }
  const target = document.querySelector<HTMLElement>(`[data-letter="${e.key}"]`);
  if (target) doing(e, () => target.click());
}

/** The page of a departure knows all its acts: it is opened with the letter. */
function beginOn(row: HTMLElement, k: string): void {
  const one = document.querySelector<HTMLButtonElement>(`.mass [data-letter="${k}"]`);
  location.href = one ? `/desk/act?kind=${one.value}&d=${row.dataset.id}` : `${row.dataset.link}#${k}`;
}

if (/^#[a-z]$/.test(location.hash)) {
  const target = document.querySelector<HTMLElement>(`[data-letter="${location.hash.slice(1)}"]`);
  history.replaceState(null, "", location.pathname);
  target?.click();
}

function escape(e: KeyboardEvent): void {
  if (document.querySelector("dialog[open]")) return; // it closes by itself
  e.preventDefault();
  const open = document.querySelector<HTMLDetailsElement>("details[open]");
  const filter = document.getElementById("filter") as HTMLInputElement | null;
  const boxes = document.querySelectorAll<HTMLInputElement>("#board tbody input:checked");
  if (open) open.open = false;
  else if (filter && (words || state || document.activeElement === filter)) {
    words = filter.value = state = "";
    filter.blur();
    sift();
  } else if (boxes.length) {
    for (const b of boxes) b.checked = false;
    count();
  } else document.querySelector<HTMLElement>("[data-back]")?.click();
}

// An open form lies upon the lists: what is half beneath it cannot be pressed by mistake.
function cover(): void {
  const form = document.querySelector("details.form[open] > .pop");
  for (const list of document.querySelectorAll<HTMLElement>(".list")) list.inert = form !== null && !list.contains(form);
}

function click(e: Event): void {
  const on = e.target as HTMLElement;
  const fill = on.closest<HTMLElement>("[data-fill]");
  if (fill) {
    const field = document.getElementById(fill.dataset.fill!) as HTMLInputElement;
    field.value = fill.dataset.value!;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }
  const chosenState = on.closest<HTMLElement>("[data-state]");
  if (chosenState) {
    state = state === chosenState.dataset.state ? "" : chosenState.dataset.state!;
    sift();
  }
  const seat = on.closest<HTMLElement>("[data-pick-seats] [data-seat]");
  if (seat) pick(Number(seat.dataset.seat));
  const row = on.closest<HTMLElement>("tr[data-link]");
  if (!row) return;
  if (on.closest("a, button, input, summary")) put(row, false);
  else location.href = row.dataset.link!;
}

function opened(e: Event): void {
  cover();
  const d = e.target as HTMLDetailsElement;
  if (d.open) d.querySelector<HTMLElement>("form input:not([type=hidden])")?.focus();
}

function input(e: Event): void {
  const on = e.target as HTMLInputElement;
  if (on.id === "filter") {
    words = on.value;
    sift();
  } else if (on.form?.id === "act") {
    if ("seats" in on.dataset) seats();
    stale();
  }
}

function change(e: Event): void {
  const on = e.target as HTMLInputElement;
  if ("submit" in on.dataset) on.form?.requestSubmit();
  if (on.matches("#board tbody input")) count();
  if (on.form?.id === "act") stale();
}

/** What was previewed is no longer what would be done. */
function stale(): void {
  document.getElementById("preview")?.classList.add("stale");
  document.querySelector<HTMLButtonElement>('button[value="commit"]')?.setAttribute("disabled", "");
}

function chosen(): number[] {
  const typed = (document.getElementById("seats") as HTMLInputElement | null)?.value ?? "";
  return typed.split(/[\s,，、]+/).flatMap((part) => {
    const [low, high] = part.split("-").map(Number);
    if (!low) return [];
    return Array.from({ length: Math.min(120, Math.max(1, (high || low) - low + 1)) }, (_, i) => low + i);
  });
}

function pick(n: number): void {
  const field = document.getElementById("seats") as HTMLInputElement;
  const now = new Set(chosen());
  if (!now.delete(n)) now.add(n);
  field.value = [...now].sort((a, b) => a - b).join(" ");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function seats(): void {
  const now = new Set(chosen());
  for (const s of document.querySelectorAll<HTMLElement>("[data-pick-seats] [data-seat]")) s.classList.toggle("picked", now.has(Number(s.dataset.seat)));
}
