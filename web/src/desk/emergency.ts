// The emergency manifest in one press. The page holds the manifests of the coaches that
// board or are on their way in its memory, and sealed on this machine (kept.ts). When the
// node answers, the list is fresh and the node has written down who took it. When it does
// not, the copy is shown and printed with its age, and the node is told as soon as it
// answers again, also after this page was closed.
import { away, clockOf, prepare } from "./away";
import { able, drop, keepAll, keptAll, noteLook, sweep, told, untold, type Manifest, type Rider } from "./kept";

const refreshEvery = 60_000;
const answerMost = 4_000; // in an emergency nobody waits longer
const tellEvery = 15_000;
const dropMost = 1_000; // a disk that hangs keeps nobody from signing out

let kept = new Map<string, Manifest>();

/** Begins to keep copies ready, and listens for the button. */
export function emergency(): void {
  if (!document.getElementById("emergency")) return keepReady(); // of a staff page without the button
  document.addEventListener("submit", (e) => {
    const button = (e as SubmitEvent).submitter as HTMLButtonElement | null;
    if (!button?.dataset.emergency) return;
    e.preventDefault();
    void take(button.dataset.emergency, button.formAction, new FormData(e.target as HTMLFormElement));
  });
  addEventListener("beforeprint", onPaper);
  addEventListener("afterprint", () => document.getElementById("paper")?.remove());
  document.addEventListener("click", (e) => {
    const on = e.target as HTMLElement;
    if (on.closest("[data-print]")) print();
    if (on.closest("[data-close-list]")) document.querySelector<HTMLDialogElement>("#emergency")!.close();
  });
  if (document.getElementById("away")) {
    void away((m) => look(m, `/desk/departures/${m.id}/emergency`));
    addEventListener("online", () => void tell());
    setInterval(tell, tellEvery);
    return;
  }
  keepReady();
}

/** Keeps copies ready on a page that has no button for them: a gate's. */
export function keepReady(): void {
  document.addEventListener("submit", (e) => {
    const form = e.target as HTMLFormElement;
    if (!form.action.endsWith("/staff/out") || !able()) return;
    e.preventDefault(); // whoever leaves takes the copies along
    const enough = new Promise((done) => setTimeout(done, dropMost));
    void Promise.race([drop().catch(() => undefined), enough]).then(() => form.submit());
  });
  addEventListener("online", () => void tell());
  void prepare().catch(() => undefined);
  void start();
}

/** What this machine kept is in the page's memory from the beginning, until the node answers. */
async function start(): Promise<void> {
  if (able()) for (const m of await keptAll().catch(() => [])) kept.set(m.id, m);
  void tell();
  await refresh();
}

/** Whether that is an answer to whoever is signed in, and no way to the sign-in. */
function mine(answer: Response): boolean {
  return answer.ok && !answer.redirected && (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
}

async function refresh(): Promise<void> {
  let answered = 0;
  try {
    const answer = await fetch("/desk/emergency", { cache: "no-store" });
    if (mine(answer)) {
      const list = (await answer.json()) as Manifest[];
      kept = new Map(list.map((m) => [m.id, m]));
      if (able()) answered = await keepAll(list);
    } else if (answer.redirected || answer.status === 401 || answer.status === 403) {
      kept.clear(); // whoever sits here may not read them any more
      if (able()) await drop();
    }
  } catch {
    if (able()) await sweep().catch(() => undefined); // the copies stay as they are, each its time
  }
  const box = document.getElementById("emergency") ?? document.body;
  box.dataset.kept = String(kept.size);
  box.dataset.sealed = String(answered);
  setTimeout(refresh, refreshEvery);
}

async function take(id: string, action: string, form: FormData): Promise<void> {
  const once = String(form.get("once")) + Math.random().toString(36).slice(2, 8);
  const body = new URLSearchParams({ once });
  try {
    const answer = await fetch(action, { method: "POST", body, headers: { Accept: "application/json" }, signal: AbortSignal.timeout(answerMost) });
    if (mine(answer)) return show((await answer.json()) as Manifest, false);
    if (answer.status < 500) return location.reload(); // signed out, or not allowed: the node says so
  } catch {
    // nobody answers
  }
  const copy = kept.get(id);
  if (copy) await look(copy, action);
  else show(undefined, true);
}

/** A copy is shown and printed, and that is written down first, for the node to hear of. */
async function look(copy: Manifest, action: string): Promise<void> {
  const seen = { once: Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join(""), action, read: Date.now() };
  try {
    await noteLook(seen);
    setTimeout(tell, tellEvery);
  } catch {
    unwritten.push(seen); // rescuers wait for nothing: this page remembers it
    setTimeout(tell, tellEvery);
  }
  show(copy, true);
  print();
}

const unwritten: { once: string; action: string; read: number }[] = [];
let telling = false;

/** The node hears later who opened what. */
async function tell(): Promise<void> {
  if (telling) return;
  telling = true;
  try {
    for (const one of [...(await untold().catch(() => [])), ...unwritten]) {
      const answer = await fetch(one.action, { method: "POST", body: new URLSearchParams({ once: one.once, read: String(one.read) }), headers: { Accept: "application/json" } });
      if (answer.status >= 500 || answer.redirected || answer.status === 401 || answer.status === 403) break; // nobody is signed in who could say it
      if (unwritten.includes(one)) unwritten.splice(unwritten.indexOf(one), 1);
      else await told(one);
    }
  } catch {
    // not yet
  } finally {
    telling = false;
  }
  if (unwritten.length || (await untold().catch(() => [])).length) setTimeout(tell, tellEvery);
}

function show(m: Manifest | undefined, old: boolean): void {
  const box = document.querySelector<HTMLDialogElement>("#emergency")!;
  const into = box.querySelector<HTMLElement>("[data-list]")!;
  box.querySelector<HTMLElement>("[data-old]")!.hidden = !old || !m;
  box.querySelector<HTMLElement>("[data-none]")!.hidden = !!m;
  into.hidden = !m;
  if (m) {
    box.querySelector("[data-as-of]")!.textContent = clockOf(m.made);
    for (const field of into.querySelectorAll<HTMLElement>("[data-f]")) field.textContent = String(m[field.dataset.f as keyof Manifest] ?? "");
    into.querySelector("tbody")!.replaceChildren(...m.riders.map(line));
  }
  if (!box.open) box.showModal();
}

/** The open list as a plain part of the page: browsers cut a dialog at the edge of a sheet,
 *  and no name may be missing on paper. */
function onPaper(): void {
  const box = document.querySelector<HTMLDialogElement>("#emergency[open]");
  if (!box || document.getElementById("paper")) return;
  const sheet = document.createElement("section");
  sheet.id = "paper";
  sheet.append(...[...box.children].filter((c) => !c.classList.contains("noprint")).map((c) => c.cloneNode(true)));
  document.body.append(sheet);
}

function line(r: Rider): HTMLElement {
  const tr = document.createElement("tr");
  if (r.off) tr.className = "off";
  const cells = [r.seat || r.trip || "", r.name, r.document ?? "", r.phone ?? "", `${r.from}—${r.to}`, r.children ? `+${r.children}` : r.child ? document.querySelector<HTMLElement>("#emergency [data-child]")!.dataset.child! : ""];
  for (const text of cells) tr.appendChild(document.createElement("td")).textContent = String(text);
  return tr;
}
