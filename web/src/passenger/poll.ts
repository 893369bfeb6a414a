// An order's page asks again by itself while something may change: soon at
// first, then more and more rarely, not at all while nobody looks. It is drawn
// anew only when its print has changed.

let pause = 0;
let timer = 0;

/** Begins to ask for the order on the page; drawn is told when it was drawn anew. */
export function poll(drawn: () => void): void {
  const next = () => {
    clearTimeout(timer);
    const order = document.getElementById("order");
    const first = Number(order?.dataset.poll ?? 0);
    if (!first || document.hidden) return;
    pause = Math.min(Math.max(pause, first), Number(order!.dataset.pollMost));
    timer = setTimeout(async () => {
      if (await ask(drawn)) pause = 0;
      else pause *= 1.5;
      next();
    }, pause);
  };
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden || !document.getElementById("order")?.dataset.poll) return;
    pause = 0;
    await ask(drawn); // another tab may have paid
    next();
  });
  next();
}

async function ask(drawn: () => void): Promise<boolean> {
  const order = document.getElementById("order");
  if (!order) return false;
  try {
    const answer = await fetch(order.dataset.link!, { headers: { "X-Poll": "1" }, cache: "no-store" });
    if (!answer.ok) return false; // too busy, say: the page stays as it is
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("order");
    if (!fresh || fresh.dataset.print === order.dataset.print) return false;
    if (order.dataset.while && order.dataset.while === fresh.dataset.state) return false; // a code to be scanned stays
    order.replaceWith(document.adoptNode(fresh));
    (globalThis as { htmx?: { process(e: Element): void } }).htmx?.process(fresh);
    drawn();
    return true;
  } catch {
    return false; // no network
  }
}
