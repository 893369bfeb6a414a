// The board in the hall lives by itself: it asks for what is new every ten seconds,
// turns its pages when not all fits, shows the node's time, says how old it is when
// nobody answers, and says calls aloud where somebody has switched that on.
import { onBlocked, say, silence, type Spoken } from "./parts/speak";

const askEvery = 10_000;
const turnEvery = 8_000;

const board = document.getElementById("board");
if (board) live();
document.documentElement.dataset.ready = "";

function live(): void {
  const began = performance.now();
  let node = Number(board!.dataset.now); // the node's time at the last answer
  let heard = began;
  let page = 0;
  let voice = new URLSearchParams(location.search).has("voice");

  const now = () => node + performance.now() - heard;
  const offset = Number(document.getElementById("clock")!.dataset.offset) * 1000;
  const two = (n: number) => String(n).padStart(2, "0");
  const hm = (ms: number) => {
    const t = new Date(ms + offset);
    return `${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`;
  };

  const tick = () => {
    document.getElementById("clock")!.textContent = hm(now());
    const stale = document.getElementById("stale")!;
    const old = performance.now() - heard > Number(board!.dataset.good) * 1000;
    const appeared = stale.hidden === old;
    stale.hidden = !old;
    document.body.classList.toggle("old", old);
    if (old) {
      const text = `${stale.dataset.zh!.replace("%s", hm(node))} ${stale.dataset.en!.replace("%s", hm(node))}`;
      if (stale.textContent !== text) stale.textContent = text;
      silence();
    }
    if (appeared) turn(0);
  };

  /** Shows the rows that fit on one page; the next ones a moment later. */
  const turn = (step: number) => {
    const rows = [...board!.querySelectorAll<HTMLElement>("tbody tr")];
    for (const r of rows) r.hidden = false;
    const foot = document.querySelector<HTMLElement>(".foot")!.offsetHeight;
    const room = innerHeight - foot - board!.querySelector("tbody")!.getBoundingClientRect().top - scrollY;
    const small = innerWidth < 700; // a phone scrolls
    const pageOf: number[] = [];
    let used = 0;
    let pages = 1;
    for (const r of rows) {
      if (!small && used > 0 && used + r.offsetHeight > room) {
        used = 0;
        pages++;
      }
      used += r.offsetHeight;
      pageOf.push(pages - 1);
    }
    page = (page + step) % pages;
    rows.forEach((r, i) => (r.hidden = pageOf[i] !== page));
    document.getElementById("page")!.textContent = pages > 1 ? `${page + 1} / ${pages}` : "";
  };

  const speak = () => {
    if (!voice) return;
    const due = [...document.querySelectorAll<HTMLElement>("#calls li")].map((l): Spoken => ({ key: l.dataset.key!, zh: l.dataset.zh!, en: l.dataset.en! }));
    say(due, (c) => (document.getElementById("caption")!.textContent = c ? `${c.zh} ${c.en}` : ""));
  };

  let again = 0;
  const ask = async () => {
    try {
      const answer = await fetch(board!.dataset.from!, { cache: "no-cache", signal: AbortSignal.timeout(askEvery) });
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const main = fresh.getElementById("board");
        if (main && Number(main.dataset.now) >= node) {
          board!.replaceChildren(...[...main.children].map((c) => document.adoptNode(c)));
          node = Number(main.dataset.now);
          heard = performance.now();
          document.getElementById("date")!.textContent = fresh.getElementById("date")!.textContent;
          turn(0);
          tick();
          speak();
        }
      }
    } catch {
      // nobody answers: what is shown grows old, and says so
    }
    clearTimeout(again);
    again = setTimeout(ask, askEvery);
  };

  const button = document.querySelector<HTMLElement>('[data-do="voice"]')!;
  const shown = () => button.setAttribute("aria-pressed", String(voice));
  button.addEventListener("click", () => {
    voice = !voice;
    const here = new URL(location.href); // a screen that is loaded anew speaks on
    if (voice) here.searchParams.set("voice", "1");
    else here.searchParams.delete("voice");
    history.replaceState(null, "", here);
    shown();
    if (voice) speak();
    else silence();
  });
  document.querySelector('[data-do="full"]')!.addEventListener("click", () => void document.documentElement.requestFullscreen());
  const caption = document.getElementById("caption")!;
  onBlocked(() => (caption.textContent = caption.dataset.blocked!)); // a browser speaks only after somebody has touched its page
  if ("screen" in board!.dataset) wall();
  document.addEventListener("pointerdown", speak);
  document.addEventListener("keydown", speak);
  addEventListener("resize", () => turn(0));
  shown();
  turn(0);
  tick();
  speak();
  setInterval(tick, 1000);
  setInterval(() => turn(1), turnEvery);
  addEventListener("online", ask);
  again = setTimeout(ask, askEvery);
}

/** On a wall: the first touch makes it fill the screen, and it does not go to sleep. */
function wall(): void {
  document.addEventListener("pointerdown", () => void document.documentElement.requestFullscreen().catch(() => undefined));
  const awake = () => document.hidden || navigator.wakeLock?.request("screen").catch(() => undefined);
  document.addEventListener("visibilitychange", awake);
  void awake();
}
