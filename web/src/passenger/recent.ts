// What was searched for lately, in this browser's own memory: nothing of it is
// sent anywhere. Where the browser keeps nothing (private windows, full
// storage) there simply are no recent searches.

const place = "chepiao.recent";
const most = 6;

interface Journey {
  from: string; // code and name
  fromName: string;
  to: string;
  toName: string;
}

function read(): Journey[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(place) ?? "[]");
    return Array.isArray(list) ? (list as Journey[]).filter((j) => j.from && j.to).slice(0, most) : [];
  } catch {
    return [];
  }
}

function write(list: Journey[]): void {
  try {
    if (list.length) localStorage.setItem(place, JSON.stringify(list));
    else localStorage.removeItem(place);
  } catch {
    // it keeps nothing
  }
}

/** On a list of departures the journey is remembered; on the search it is offered. */
export function recent(): void {
  const head = document.querySelector<HTMLElement>("[data-journey]");
  if (head) {
    const [from = "", to = ""] = head.dataset.journey!.split(" ");
    const journey = { from, to, fromName: head.dataset.from!, toName: head.dataset.to! };
    write([journey, ...read().filter((j) => j.from !== from || j.to !== to)].slice(0, most));
  }
  const box = document.querySelector<HTMLElement>("[data-recent]");
  if (!box) return;
  draw(box);
  box.querySelector("[data-recent-clear]")?.addEventListener("click", () => {
    write([]);
    draw(box);
  });
}

function draw(box: HTMLElement): void {
  const list = read();
  box.hidden = !list.length;
  box.querySelector("ul")!.replaceChildren(
    ...list.map((j) => {
      const a = document.createElement("a");
      a.href = "/passenger/departures?" + new URLSearchParams({ from_code: j.from, to_code: j.to });
      a.textContent = `${j.fromName} → ${j.toName}`;
      const li = document.createElement("li");
      li.append(a);
      return li;
    }),
  );
}
