// The window by keyboard. The pages work with a mouse and without this script;
// with it every step has a key, Enter leads to the next field, and a sale ends
// where the next one begins.
import { clocks } from "./parts/clock";
import { counter, reprint, rowAdded } from "./parts/counter";
import { stations } from "./parts/stations";

stations((input) => input.form?.requestSubmit());
clocks();
begin();
cash();
seats();
counter();
document.addEventListener("keydown", key);
document.addEventListener("click", click);
document.addEventListener("htmx:afterSwap", swapped);
document.documentElement.dataset.ready = ""; // from now on the keys are heard

/** Where the hands are when a page opens. */
function begin(): void {
  const wrong = document.querySelector<HTMLElement>("[aria-invalid=true], .problem");
  const main = document.querySelector<HTMLElement>("[data-focus]");
  const row = document.querySelector<HTMLElement>("tr[data-link] a");
  const field = [...document.querySelectorAll<HTMLInputElement>("[data-next]")].find((i) => !i.value);
  const start = document.querySelector<HTMLElement>("[autofocus]");
  (wrong ?? main ?? field ?? (document.getElementById("to_code")?.getAttribute("value") ? row : start) ?? row)?.focus();
}

function swapped(e: Event): void {
  const part = e.target as HTMLElement;
  clocks();
  if (part.id === "departures") part.querySelector<HTMLElement>("tr[data-link] a")?.focus();
  if (part.id === "sale") {
    seats();
    const rows = part.querySelectorAll<HTMLInputElement>("input.number");
    rows[rows.length - 1]?.focus();
    rowAdded();
  }
}

/** A row is as good as its link. */
function click(e: Event): void {
  const at = e.target as HTMLElement;
  if (at.closest("[data-help]")) help(e);
  const again = at.closest<HTMLElement>("[data-reprint]");
  if (again) void reprint(again);
  const row = at.closest<HTMLElement>("tr[data-link]");
  if (row && !at.closest("a, button, input")) location.href = row.dataset.link!;
}

function key(e: KeyboardEvent): void {
  if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
  if (document.querySelector("dialog[open]")) return; // it has keys of its own
  if (e.key === "?" || e.key === "F1") return help(e);
  if (/^F\d+$/.test(e.key)) functionKey(e);
  else if (e.key === "Escape") escape(e);
  else if (e.key === "PageUp" || e.key === "PageDown") changeDay(e);
  else if (e.key === "ArrowUp" || e.key === "ArrowDown") walk(e);
  else if (e.key === "Enter") enter(e);
  else if (!typing()) letter(e);
}

/** Every key on one sheet. */
function help(e: Event): void {
  e.preventDefault();
  (document.getElementById("shortcuts") as HTMLDialogElement | null)?.showModal();
}

/** A function key does what the element that carries it does. */
function functionKey(e: KeyboardEvent): void {
  const target = document.querySelector<HTMLElement>(`[data-key="${e.key}"]`);
  if (target) {
    e.preventDefault();
    if (target instanceof HTMLInputElement) target.focus();
    else if (target instanceof HTMLSelectElement) next(target);
    else target.click();
    if (target.tagName === "SUMMARY") target.parentElement!.querySelector<HTMLElement>("button")?.focus();
    return;
  }
  const line = document.activeElement?.closest("tr[data-row]") ?? [...document.querySelectorAll("tr[data-row]")].at(-1);
  if (!line) return;
  if (e.key === "F7") {
    e.preventDefault();
    next(line.querySelector<HTMLSelectElement>("[data-ticket]")!);
  }
  if (e.key === "F9") {
    e.preventDefault();
    line.querySelector<HTMLInputElement>("[data-child]")!.click();
  }
}

/** A key chooses the next of a list, and after the last the first. */
function next(list: HTMLSelectElement): void {
  list.selectedIndex = (list.selectedIndex + 1) % list.options.length;
  list.dispatchEvent(new Event("change", { bubbles: true }));
}

function escape(e: KeyboardEvent): void {
  const open = document.querySelector<HTMLDetailsElement>("details[open]");
  e.preventDefault();
  if (open) open.open = false;
  else (document.querySelector<HTMLElement>("[data-back]") ?? document.querySelector<HTMLElement>('[data-key="F2"]'))?.click();
}

function changeDay(e: KeyboardEvent): void {
  const day = document.getElementById("day") as HTMLInputElement | null;
  if (!day) return;
  e.preventDefault();
  const before = day.value;
  if (e.key === "PageDown") day.stepUp();
  else day.stepDown();
  if (day.value !== before) day.dispatchEvent(new Event("change", { bubbles: true }));
}

/** The arrow keys go from row to row. */
function walk(e: KeyboardEvent): void {
  const links = [...document.querySelectorAll<HTMLElement>("tr[data-link] a")];
  const at = links.indexOf(document.activeElement as HTMLElement);
  if (at < 0 && typing()) return;
  const next = links[at < 0 ? 0 : at + (e.key === "ArrowDown" ? 1 : -1)];
  if (!next) return;
  e.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

/** Enter leads to the next empty field, and from the last one to the button. */
function enter(e: KeyboardEvent): void {
  const here = document.activeElement as HTMLElement;
  if (here.matches("#seats")) {
    e.preventDefault();
    document.querySelector<HTMLElement>("[data-main]")?.focus();
  }
  if (here === document.body) document.querySelector<HTMLElement>("[data-main]")?.click(); // printing may take the focus
  if (!here.matches("[data-next]")) return;
  e.preventDefault();
  const fields = [...document.querySelectorAll<HTMLInputElement>("[data-next]")];
  const next = fields.slice(fields.indexOf(here as HTMLInputElement) + 1).find((f) => !f.value);
  (next ?? document.querySelector<HTMLElement>("[data-main]"))?.focus();
}

/** Where nothing is being typed, a digit chooses and a letter begins anew. */
function letter(e: KeyboardEvent): void {
  const chosen = /^[1-9]$/.test(e.key) && document.querySelector<HTMLElement>(`[data-digit="${e.key}"]`);
  if (chosen) {
    e.preventDefault();
    chosen.click();
    return;
  }
  const to = document.getElementById("to") as HTMLInputElement | null;
  if (to && e.key.length === 1 && e.key !== " ") to.focus(); // selects what it holds: the letter replaces it
}

function typing(): boolean {
  return !!document.activeElement?.matches("input:not([type=checkbox]), select, textarea");
}

/** What to hand back, while the sum given is typed. */
function cash(): void {
  const given = document.getElementById("given") as HTMLInputElement | null;
  const change = document.getElementById("change");
  if (!given || !change) return;
  const total = Number(given.dataset.total);
  const show = () => {
    const fen = given.value.trim() ? Math.round(Number(given.value) * 100) : total;
    change.textContent = Number.isFinite(fen) ? `${fen < total ? "−" : ""}¥${(Math.abs(fen - total) / 100).toFixed(2)}` : "?";
    change.classList.toggle("short", !(fen >= total));
  };
  given.addEventListener("input", show);
  const sums = [...document.querySelectorAll<HTMLElement>("[data-give]")];
  const give = (sum: string) => {
    given.value = sum;
    given.focus();
    show();
  };
  for (const sum of sums) sum.addEventListener("click", () => give(sum.dataset.give!));
  given.addEventListener("keydown", (e) => { // the arrows try the sums that notes make
    if (e.key !== "ArrowUp" && e.key !== "ArrowDown") return;
    e.preventDefault();
    const at = sums.findIndex((s) => s.dataset.give === given.value);
    const to = e.key === "ArrowUp" ? at + 1 : Math.max(at, 1) - 1;
    if (sums[to]) give(sums[to]!.dataset.give!);
  });
  show();
}

/** The seats typed are marked in the plan; a click in the plan types one. */
function seats(): void {
  const field = document.getElementById("seats") as HTMLInputElement | null;
  if (!field) return;
  const plan = [...document.querySelectorAll<HTMLElement>("[data-seat]")];
  const chosen = () => field.value.split(/\D+/).filter(Boolean);
  const show = () => plan.forEach((s) => s.classList.toggle("mine", chosen().includes(s.dataset.seat!)));
  field.addEventListener("input", show);
  for (const seat of plan) {
    seat.addEventListener("click", () => {
      if (seat.classList.contains("taken")) return;
      const now = chosen();
      field.value = (now.includes(seat.dataset.seat!) ? now.filter((n) => n !== seat.dataset.seat) : [...now, seat.dataset.seat!]).join(" ");
      show();
    });
  }
  show();
}
