// The gate's service worker: it keeps the gate's page, its scripts and the program
// that decides alone, so that a gate which is switched on without its node still
// opens. The list and the passages are the page's own (gate/alone.ts); checks and
// reviews are never answered from here.

interface KeeperScope {
  addEventListener(kind: string, does: (e: any) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}
const keeper = globalThis as unknown as KeeperScope;

const shelfName = "chepiao-gate-1";
const nodeSlow = 2_000; // ms that the node may take for the page

keeper.addEventListener("install", () => void keeper.skipWaiting());
keeper.addEventListener("activate", (e) => e.waitUntil(keeper.clients.claim()));
keeper.addEventListener("fetch", (e) => {
  const request = e.request as Request;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("/assets/") || url.pathname === "/favicon.svg") return e.respondWith(gateAsset(request));
  if (url.pathname === "/gate" && request.mode === "navigate") return e.respondWith(gatePage(request));
});

/** An asset's name changes with its content: what is kept is right for ever. */
async function gateAsset(request: Request): Promise<Response> {
  const shelf = await caches.open(shelfName);
  const have = await shelf.match(request);
  if (have) return have;
  const answered = await fetch(request);
  if (answered.ok) await shelf.put(request, answered.clone());
  return answered;
}

/** The page as the node has it now, or, without the node, as it was last seen. */
async function gatePage(request: Request): Promise<Response> {
  const shelf = await caches.open(shelfName);
  try {
    const answered = await fetch(request, { signal: AbortSignal.timeout(nodeSlow) });
    if (answered.redirected || answered.type === "opaqueredirect") await shelf.delete(request); // somebody has signed out: their page does not open without the node
    else if (answered.ok) await shelf.put(request, answered.clone());
    if (answered.status < 500) return answered;
    throw new Error(String(answered.status));
  } catch (e) {
    const have = await shelf.match(request);
    if (have) return have;
    throw e;
  }
}
