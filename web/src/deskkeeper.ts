// The service worker of the desk and of the page of emergency manifests: when the node
// does not answer, it shows the page that this machine keeps for that (desk/away.ts), so
// that whoever loads a page anew has the manifests all the same. Nothing else is answered
// from here, and what is kept besides is no page about anybody.
import { drop, sweep } from "./desk/kept";

interface KeeperScope {
  addEventListener(kind: string, does: (e: any) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}
const keeper = globalThis as unknown as KeeperScope;

const shelfName = "chepiao-emergency-1";
const awayPage = "/emergency/away";
const nodeSlow = 8_000; // ms that the node may take for the board or the list of coaches
const gone = [502, 503, 504]; // what a proxy says in the node's place

keeper.addEventListener("install", () => void keeper.skipWaiting());
keeper.addEventListener("activate", (e) => e.waitUntil(keeper.clients.claim()));
keeper.addEventListener("fetch", (e) => {
  const request = e.request as Request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    e.waitUntil(sweep().catch(() => undefined));
    return e.respondWith(page(request, url));
  }
  if (url.pathname.startsWith("/assets/") || url.pathname === "/favicon.svg") return e.respondWith(asset(request));
});

async function page(request: Request, url: URL): Promise<Response> {
  const shelf = await caches.open(shelfName);
  const kept = await shelf.match(awayPage);
  const quick = url.pathname === "/desk" || url.pathname === "/emergency"; // others may be long lists, or paper
  try {
    const answered = await fetch(request, kept && quick ? { signal: AbortSignal.timeout(nodeSlow) } : undefined);
    if (quick && answered.type === "opaqueredirect") await drop().catch(() => undefined); // nobody is signed in here any more
    return kept && gone.includes(answered.status) ? kept : answered;
  } catch (e) {
    if (kept) return kept;
    throw e;
  }
}

/** What that page needs is here; everything else comes from the node. */
async function asset(request: Request): Promise<Response> {
  const kept = await (await caches.open(shelfName)).match(request);
  return kept ?? fetch(request);
}
