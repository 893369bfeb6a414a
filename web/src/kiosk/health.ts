// How a kiosk is: its parts are told to the server when they change and every few
// minutes; an idle one asks whether it was taken out of service from afar; and a
// network that is down is said on a clear page until it is back.
import { devices, type Part } from "../parts/device";

const tellEvery = 240_000; // ms
const askEvery = 15_000; // ms
const backEvery = 3_000; // ms, while the network is down
const parts: Part[] = ["reader", "scanner", "printer", "paper"];

let down = false;

/** Shows or hides the page that says there is no network. */
export function offline(now: boolean): void {
  const page = document.getElementById("offline");
  if (page) page.hidden = !now;
  if (now && !down) {
    down = true;
    const again = setInterval(() => {
      fetch("/kiosk/state", { cache: "no-store" }).then(() => {
        clearInterval(again);
        offline(false);
      }, () => undefined);
    }, backEvery);
  } else if (!now) down = false;
}

/** Tells the server how the parts are. */
export function reportParts(): void {
  const d = devices();
  let soon: ReturnType<typeof setTimeout> | undefined;
  const tell = () => {
    const list = d?.here
      ? parts.flatMap((part) => {
          const c = d.status[part];
          return c ? [{ part, state: c.state, zh: c.zh, en: c.en }] : [];
        })
      : [{ part: "printer", state: "absent", zh: "设备程序未运行", en: "the device program does not run" }];
    fetch("/kiosk/parts", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(list) }).catch(() => undefined);
  };
  const later = () => {
    clearTimeout(soon);
    soon = setTimeout(tell, 1500);
  };
  for (const part of [...parts, "agent"] as const) d?.on(part, later);
  setInterval(tell, tellEvery);
  later();
}

/** Asks now and then, while nobody uses the machine, whether it may be used. */
export function watchIdle(): void {
  setInterval(() => {
    if (!document.body.matches(".start")) return;
    fetch("/kiosk/state", { cache: "no-store" })
      .then(async (answer) => {
        offline(false);
        const { locked } = (await answer.json()) as { locked: boolean };
        if (locked !== (document.querySelector("[data-locked]") !== null)) document.dispatchEvent(new CustomEvent("kiosk:go", { detail: "/kiosk" }));
      })
      .catch(() => offline(true));
  }, askEvery);
}
