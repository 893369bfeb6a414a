// Orders that this phone keeps, because its owner said so: their links in the
// browser's memory, their vouchers in the wallet (src/wallet.ts), which shows
// them when there is no network. Nobody else learns of the list.

const place = "chepiao.orders";
const consent = "chepiao.keep"; // "yes": keep what is bought from now on; "no": do not ask again today
const most = 60;
const linkLasts = 180 * 86_400_000; // ms: as long as a receipt may be asked for

export interface Kept {
  order: string;
  link: string;
  number: string;
  from: string;
  to: string;
  departs: number; // ms
  until: number; // ms: when the wallet lets the voucher go
}

function read(): Kept[] {
  try {
    const list: unknown = JSON.parse(localStorage.getItem(place) ?? "[]");
    return Array.isArray(list) ? (list as Kept[]).filter((k) => k.link && k.departs + linkLasts > Date.now()) : [];
  } catch {
    return [];
  }
}

function write(list: Kept[]): void {
  try {
    localStorage.setItem(place, JSON.stringify(list.slice(0, most)));
  } catch {
    // the browser keeps nothing
  }
}

function answered(): string {
  try {
    return localStorage.getItem(consent) ?? sessionStorage.getItem(consent) ?? "";
  } catch {
    return "";
  }
}

/** Registers the wallet for what it has to do with: orders and the pages around them. */
async function wallet(): Promise<ServiceWorker | undefined> {
  if (!("serviceWorker" in navigator)) return undefined;
  try {
    const all = await Promise.all(["/passenger", "/o/"].map((scope) => navigator.serviceWorker.register("/passenger/sw.js", { scope, updateViaCache: "none" })));
    const one = all[0]!;
    return one.active ?? (await settled(one));
  } catch {
    return undefined; // WeChat on some phones, private windows: links are kept, vouchers are not
  }
}

function settled(one: ServiceWorkerRegistration): Promise<ServiceWorker | undefined> {
  return new Promise((done) => {
    const worker = one.installing ?? one.waiting;
    if (!worker) return done(undefined);
    worker.addEventListener("statechange", () => {
      if (worker.state === "activated") done(worker);
      if (worker.state === "redundant") done(undefined);
    });
  });
}

async function tell(message: Record<string, unknown>): Promise<boolean> {
  const worker = await wallet();
  if (!worker) return false;
  return new Promise((done) => {
    const answer = new MessageChannel();
    answer.port1.onmessage = (e) => done(Boolean(e.data));
    setTimeout(() => done(false), 10_000);
    worker.postMessage(message, [answer.port2]);
  });
}

/** What a page loads beside itself: the wallet needs it to draw the page. */
function assets(): string[] {
  return [...document.querySelectorAll<HTMLLinkElement | HTMLScriptElement>("link[rel=stylesheet], link[rel=icon], script[src]")]
    .map((e) => ("href" in e ? e.href : e.src))
    .filter((url) => url.startsWith(location.origin));
}

function keep(order: HTMLElement): void {
  const d = order.dataset;
  const one: Kept = { order: d.order!, link: d.link!, number: d.number!, from: d.from!, to: d.to!, departs: Number(d.departs), until: Number(d.until) };
  write([one, ...read().filter((k) => k.order !== one.order)].sort((a, b) => b.departs - a.departs));
}

/** An order's page: asks once whether this phone may keep it, and keeps it then. */
export async function keepOrder(): Promise<void> {
  const order = document.getElementById("order");
  if (!order?.dataset.order || document.getElementById("kept")?.hidden === false) return;
  const kept = read().some((k) => k.order === order.dataset.order);
  const may = "keep" in order.dataset;
  if (!may) {
    if (kept) {
      keep(order); // the link stays: a refund's money, a receipt
      await tell({ kind: "drop", link: order.dataset.link });
    }
    return;
  }
  const says = order.querySelector<HTMLElement>("[data-kept-says]");
  const box = order.querySelector<HTMLElement>("[data-keep-ask]");
  const yes = async () => {
    keep(order);
    if (box) box.hidden = true;
    const stored = await tell({ kind: "keep", link: order.dataset.link, until: Number(order.dataset.until), assets: assets() });
    if (says && stored) says.hidden = false;
  };
  order.querySelector("[data-keep-drop]")?.addEventListener("click", async () => {
    write(read().filter((k) => k.order !== order.dataset.order));
    forget();
    await tell({ kind: "drop", link: order.dataset.link });
    says!.hidden = true;
    if (box) box.hidden = false;
  });
  box?.querySelector("[data-keep-yes]")?.addEventListener("click", async () => {
    try {
      localStorage.setItem(consent, "yes");
    } catch {
      // the browser keeps nothing
    }
    await yes();
    document.querySelector<HTMLElement>("[data-keep-drop]")?.focus();
  });
  box?.querySelector("[data-keep-no]")?.addEventListener("click", () => {
    box.hidden = true;
    try {
      sessionStorage.setItem(consent, "no");
    } catch {
      // the browser keeps nothing
    }
  });
  if (kept || answered() === "yes") await yes();
  else if (answered() !== "no" && box) box.hidden = false;
}

function forget(): void {
  try {
    localStorage.removeItem(consent);
  } catch {
    // the browser keeps nothing
  }
}

/** The list of kept orders. */
export function keptOrders(): void {
  const section = document.getElementById("orders");
  if (!section) return;
  const clear = document.querySelector<HTMLElement>("[data-orders-clear]")!;
  const draw = () => {
    const list = read();
    section.querySelector<HTMLElement>("[data-none]")!.hidden = list.length > 0;
    const into = section.querySelector<HTMLElement>("[data-list]")!;
    into.hidden = clear.hidden = list.length === 0;
    const now = Date.now();
    const soon = list.filter((k) => k.until > now).sort((a, b) => a.departs - b.departs);
    const past = list.filter((k) => k.until <= now);
    into.replaceChildren(...group(section.dataset.soon!, soon, section, draw), ...group(section.dataset.past!, past, section, draw));
  };
  draw();
  clear.addEventListener("click", async () => {
    write([]);
    forget();
    draw();
    await tell({ kind: "clear" });
  });
  if (read().length) void tell({ kind: "shell", link: location.pathname, assets: assets() });
}

function group(title: string, list: Kept[], section: HTMLElement, draw: () => void): Node[] {
  if (!list.length) return [];
  const h2 = document.createElement("h2");
  h2.textContent = title;
  const ul = document.createElement("ul");
  ul.className = "tickets";
  ul.append(...list.map((k) => line(k, section, draw)));
  return [h2, ul];
}

function line(k: Kept, section: HTMLElement, draw: () => void): HTMLElement {
  const at = new Date(k.departs);
  const zone = "Asia/Shanghai"; // the coach leaves by China's clock, wherever the phone is
  const lang = document.documentElement.lang;
  const text = (name: string, content: string, kind = "span") => {
    const e = document.createElement(kind);
    e.className = name;
    e.textContent = content;
    return e;
  };
  const a = document.createElement("a");
  a.href = k.link;
  a.className = "kept-order";
  a.append(
    text("kept-at", at.toLocaleTimeString("zh-CN", { timeZone: zone, hour: "2-digit", minute: "2-digit", hour12: false }), "time"),
    text("kept-day", at.toLocaleDateString(lang, { timeZone: zone, month: "short", day: "numeric", weekday: "short" })),
    text("kept-way", `${k.from} → ${k.to}`, "b"),
    text("kept-number", `${k.number} · ${k.order}`),
  );
  const remove = text("remove", "×", "button") as HTMLButtonElement;
  remove.type = "button";
  remove.setAttribute("aria-label", `${section.dataset.remove!}: ${k.order}`);
  remove.addEventListener("click", async () => {
    write(read().filter((other) => other.order !== k.order));
    draw();
    await tell({ kind: "drop", link: k.link });
  });
  const li = document.createElement("li");
  li.className = "card kept-line";
  li.append(a, remove);
  return li;
}
