// The clock of a hold. It shows the server's time: the browser's own may be
// wrong by hours, so only the span between two readings of it is used.

/** Runs the clock of every time[data-deadline]; at zero the page is asked anew, but for
 *  one with data-still. */
export function clocks(): void {
  for (const time of document.querySelectorAll<HTMLElement>("time[data-deadline]:not([data-runs])")) run(time);
}

function run(time: HTMLElement): void {
  time.dataset.runs = "yes";
  const left = Number(time.dataset.deadline) - Number(time.dataset.now);
  const start = performance.now();
  const tick = () => {
    if (!time.isConnected) return;
    const ms = left - (performance.now() - start);
    const s = Math.max(0, Math.ceil(ms / 1000));
    const two = (n: number) => String(n).padStart(2, "0");
    const minutes = Math.floor(s / 60);
    time.textContent = (minutes < 100 ? minutes : `${Math.floor(minutes / 60)}:${two(minutes % 60)}`) + ":" + two(s % 60);
    time.parentElement!.classList.toggle("hurry", s <= 60);
    if (s > 0) setTimeout(tick, ms % 1000 || 1000);
    else if (left > 0 && time.dataset.still === undefined) setTimeout(() => location.reload(), 1200);
  };
  tick();
}
