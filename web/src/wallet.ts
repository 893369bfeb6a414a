// The wallet: a service worker that keeps the vouchers which their owner wants
// kept, and shows them when there is no network. With a network every page comes
// from the server, and what is kept is renewed; without one a kept page says
// when it was kept. After the journey a voucher is let go.
//
// It is served as /passenger/sw.js and serves two scopes: /passenger and /o/.
// Pages for staff never meet it.

interface WorkerScope {
  addEventListener(kind: string, does: (e: any) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}
const me = globalThis as unknown as WorkerScope;

const vouchers = "chepiao-vouchers-1";
const shell = "chepiao-shell-1"; // styles, scripts, the list of orders
const ordersPage = "/passenger/orders";
const slow = 6_000; // ms that a page may take before what is kept is shown instead
const kept = "x-chepiao-kept";
const until = "x-chepiao-until";

me.addEventListener("install", () => void me.skipWaiting());
me.addEventListener("activate", (e) => e.waitUntil(me.clients.claim().then(purge)));

me.addEventListener("message", (e) => {
  const answer = (yes: boolean) => e.ports[0]?.postMessage(yes);
  last = last.catch(() => undefined).then(() => obey(e.data)); // one after the other: what is cleared stays cleared
  e.waitUntil(
    last.then(
      () => answer(true),
      () => answer(false),
    ),
  );
});

let last: Promise<void> = Promise.resolve();

interface Wish {
  kind: "keep" | "drop" | "clear" | "shell";
  link: string;
  until: number;
  assets: string[];
}

async function obey(wish: Wish): Promise<void> {
  await purge();
  switch (wish.kind) {
    case "keep": {
      await keepAssets(wish.assets);
      const answer = await fetch(wish.link, { credentials: "same-origin", cache: "no-store" });
      if (!answer.ok) throw new Error(`the order's page answered ${answer.status}`);
      await store(wish.link, answer, wish.until);
      await keepShell();
      return;
    }
    case "shell":
      await keepAssets(wish.assets);
      return keepShell();
    case "drop":
      await (await caches.open(vouchers)).delete(wish.link, { ignoreSearch: true });
      return;
    case "clear":
      await caches.delete(vouchers);
      await caches.delete(shell);
  }
}

async function keepShell(): Promise<void> {
  const answer = await fetch(ordersPage, { credentials: "same-origin", cache: "no-store" });
  if (answer.ok) await (await caches.open(shell)).put(ordersPage, await dated(answer, 0));
}

/** Keeps what the pages load, and lets go what no page loads any more. */
async function keepAssets(urls: string[]): Promise<void> {
  const cache = await caches.open(shell);
  const wanted = new Set(urls.map((u) => new URL(u).pathname));
  for (const old of await cache.keys()) {
    const path = new URL(old.url).pathname;
    if (path.startsWith("/assets/") && !wanted.has(path)) await cache.delete(old);
  }
  for (const url of wanted) if (!(await cache.match(url))) await cache.add(url);
}

async function store(link: string, answer: Response, end: number): Promise<void> {
  await (await caches.open(vouchers)).put(new URL(link, location.href).pathname, await dated(answer, end));
}

/** The answer with the time of keeping on it. */
async function dated(answer: Response, end: number): Promise<Response> {
  const headers = new Headers({ "content-type": answer.headers.get("content-type") ?? "text/html; charset=utf-8", [kept]: String(Date.now()), [until]: String(end) });
  const policy = answer.headers.get("content-security-policy");
  if (policy) headers.set("content-security-policy", policy);
  return new Response(await answer.blob(), { headers });
}

/** Lets vouchers go whose journey is over. */
async function purge(): Promise<void> {
  const cache = await caches.open(vouchers);
  for (const request of await cache.keys()) {
    const answer = await cache.match(request);
    if (Number(answer?.headers.get(until) ?? 0) < Date.now()) await cache.delete(request);
  }
}

me.addEventListener("fetch", (e) => {
  const request: Request = e.request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/")) {
    e.respondWith(caches.match(request).then((have) => have ?? fetch(request)));
  } else if (request.mode === "navigate") {
    e.respondWith(page(request, url));
  } else if (request.headers.get("X-Poll")) {
    e.respondWith(fetch(request).then((answer) => renew(url, answer)));
  }
});

/** A page from the server, else as it was kept. */
async function page(request: Request, url: URL): Promise<Response> {
  await purge();
  const have = await (await caches.open(vouchers)).match(url.pathname, { ignoreSearch: true });
  try {
    const answer = await (have ? hurried(request) : fetch(request));
    return await renew(url, answer);
  } catch (fault) {
    if (have) return shown(have);
    const list = await (await caches.open(shell)).match(ordersPage);
    if (!list || (url.pathname !== "/passenger" && url.pathname !== ordersPage && !url.pathname.startsWith("/o/"))) throw fault;
    return url.pathname === ordersPage ? shown(list) : Response.redirect(ordersPage, 302);
  }
}

function hurried(request: Request): Promise<Response> {
  return Promise.race([fetch(request), new Promise<never>((_, no) => setTimeout(() => no(new Error("too slow")), slow))]);
}

/** What is kept is renewed by every answer: only the owner's wish adds a page. */
async function renew(url: URL, answer: Response): Promise<Response> {
  const cache = await caches.open(vouchers);
  const old = await cache.match(url.pathname, { ignoreSearch: true });
  if (old && answer.ok && !answer.redirected) await store(url.pathname, answer.clone(), Number(old.headers.get(until)));
  return answer;
}

/** A kept page, with the time of keeping where everybody sees it. */
async function shown(have: Response): Promise<Response> {
  const at = new Date(Number(have.headers.get(kept)));
  const two = (n: number) => String(n).padStart(2, "0");
  const text = `${at.getMonth() + 1}-${at.getDate()} ${two(at.getHours())}:${two(at.getMinutes())}`;
  const html = (await have.text())
    .replace(/(<p [^>]*id="kept"[^>]*) hidden>/, "$1>")
    .replace("{at}", text)
    .replace(/ data-poll="\d+"/, "");
  return new Response(html, { headers: have.headers });
}
