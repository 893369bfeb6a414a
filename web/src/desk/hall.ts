// The dispatcher's machine may be the one that speaks in the hall: switched on by a
// press, it says what the page lists as due.
import { say, silence, type Spoken } from "../parts/speak";

let here = false;

/** Connects the switch, and speaks after every look at the node. */
export function hall(): void {
  const button = document.querySelector<HTMLElement>("[data-speak-here]");
  if (!button) return;
  button.addEventListener("click", () => {
    here = !here;
    button.setAttribute("aria-pressed", String(here));
    if (here) speak();
    else silence();
  });
  document.addEventListener("htmx:afterSwap", speak);
}

function speak(): void {
  if (!here) return;
  const due = [...document.querySelectorAll<HTMLElement>("#calls li")].map((l): Spoken => ({ key: l.dataset.key!, zh: l.dataset.zh!, en: l.dataset.en! }));
  say(due, (call) => (document.getElementById("spoken")!.textContent = call?.zh ?? ""));
}
