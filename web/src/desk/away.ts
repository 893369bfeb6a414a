// Prepares the page that is shown when the node does not answer, and is that page's
// script: the coaches that this machine keeps a manifest of, one press each.
import { able, drop, keptAll, sweep, type Manifest } from "./kept";

const shelfName = "chepiao-emergency-1"; // the same in deskkeeper.ts
const awayPage = "/emergency/away";
const askEvery = 5_000;

/** Lays the page and what it loads where the service worker finds it, and registers that. */
export async function prepare(): Promise<void> {
  if (!able() || !navigator.serviceWorker || !globalThis.caches) return;
  const scopes = ["/desk", "/emergency"];
  await Promise.all(scopes.map((scope) => navigator.serviceWorker.register("/emergency/sw.js", { scope, updateViaCache: "none" })));
  const shelf = await caches.open(shelfName);
  // Without credentials: nobody's name, nor any device's, is in what is kept.
  const answer = await fetch(`${awayPage}?lang=${document.documentElement.lang.slice(0, 2)}`, { credentials: "omit", cache: "no-cache" });
  if (!answer.ok) return;
  const text = await answer.clone().text();
  const page = new DOMParser().parseFromString(text, "text/html");
  const needs = [...page.querySelectorAll("script[src], link[rel=stylesheet], link[rel=icon]")].map((e) => e.getAttribute("src") ?? e.getAttribute("href")!);
  const has = new Set((await shelf.keys()).map((r) => new URL(r.url).pathname));
  await shelf.addAll(needs.filter((n) => !has.has(n)));
  await shelf.put(awayPage, answer);
  for (const old of has) if (old !== awayPage && !needs.includes(old)) await shelf.delete(old);
  document.documentElement.dataset.away = "ready"; // what a test waits for
}

/** The page itself. take prints a copy. */
export async function away(take: (m: Manifest) => void): Promise<void> {
  const box = document.getElementById("away")!;
  let list: Manifest[] = [];
  const draw = async () => {
    list = able() ? await keptAll().catch(() => []) : [];
    const oldest = list.map((m) => m.made).sort()[0];
    const large = box.querySelector<HTMLElement>("[data-oldest]")!;
    large.hidden = !oldest;
    large.querySelector("time")!.textContent = oldest ? clockOf(oldest) : "";
    box.querySelector("tbody")!.replaceChildren(...list.map((m) => row(m, box.dataset.press!)));
    box.querySelector<HTMLElement>("[data-none-kept]")!.hidden = list.length > 0;
  };
  box.addEventListener("click", (e) => {
    const on = e.target as HTMLElement;
    const one = list.find((m) => m.id === on.closest<HTMLElement>("[data-take]")?.dataset.take);
    if (one) take(one);
    if (on.closest("[data-forget]")) void drop().then(draw);
  });
  box.querySelector<HTMLAnchorElement>("[data-retry]")!.href = location.href;
  await draw();
  setInterval(async () => {
    await sweep().catch(() => undefined);
    const answer = await fetch(awayPage, { method: "HEAD", cache: "no-store" }).catch(() => undefined);
    const state = box.querySelector<HTMLElement>("[data-state]")!;
    const back = answer?.ok === true;
    const text = back ? box.dataset.back! : box.dataset.gone!;
    if (state.textContent !== text) state.textContent = text;
    state.classList.toggle("said", back);
    state.classList.toggle("problem", !back);
    await draw();
  }, askEvery);
}

/** "08:05" of "2026-11-22 08:05:00", with the day where that is not today's. */
export function clockOf(made: string): string {
  const [day, time] = made.split(" ") as [string, string];
  const today = new Intl.DateTimeFormat("sv-SE").format(new Date());
  return (day === today ? "" : `${day.slice(5)} `) + time.slice(0, 5);
}

function row(m: Manifest, press: string): HTMLElement {
  const tr = document.createElement("tr");
  for (const [text, cls] of [[m.departs.slice(11), "when"], [m.number, ""], [m.line, "ends"], [m.plate, "num"], [String(m.aboard), "r num"], [clockOf(m.made), "num"]] as const) {
    const td = tr.appendChild(document.createElement("td"));
    td.textContent = text;
    td.className = cls;
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-danger";
  button.dataset.take = m.id;
  button.textContent = press;
  button.setAttribute("aria-label", `${press} ${m.number}`);
  const last = tr.appendChild(document.createElement("td"));
  last.className = "r";
  last.append(button);
  return tr;
}
