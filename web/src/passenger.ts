// The passenger's pages work without any of this; with it stations are offered
// while typing, no more seats are chosen than there are passengers, the hold's
// clock ticks, and what is wrong is where the eyes are.
import { clocks } from "./parts/clock";
import { stations } from "./parts/stations";
import { buyer } from "./passenger/buyer";
import { inApp } from "./passenger/inapp";
import { keepOrder, keptOrders } from "./passenger/kept";
import { near } from "./passenger/near";
import { poll } from "./passenger/poll";
import { recent } from "./passenger/recent";

stations(known);
near(known);
clocks();
turn();
calendar();
seats();
notes();
recent();
buyer();
inApp();
keptOrders();
void keepOrder();
poll(() => {
  clocks();
  void keepOrder();
});
document.addEventListener("htmx:afterSwap", clocks);
document.addEventListener("htmx:beforeSwap", keep);
document.querySelector<HTMLElement>("[data-focus]")?.focus();
document.querySelector("nav.days [aria-current], .pick input:checked + .chip")?.scrollIntoView({ inline: "center", block: "nearest" });

/** A page that asks again by itself stays as it is while the node is too busy to answer. */
function keep(e: Event): void {
  const { detail } = e as CustomEvent<{ xhr: XMLHttpRequest; target: HTMLElement; shouldSwap: boolean }>;
  if (detail.xhr.status >= 429 && (detail.target.id === "room" || detail.target.id === "order")) detail.shouldSwap = false;
}

/** Tells the calendar that both stations may be known now: it marks the days without a coach. */
function known(): void {
  document.body.dispatchEvent(new Event("stations-known"));
}

/** The days as a strip to push, or as weeks. */
function calendar(): void {
  document.querySelector<HTMLInputElement>("[data-calendar]")?.addEventListener("change", (e) => {
    const box = e.target as HTMLInputElement;
    box.closest(".pick")!.classList.toggle("weeks", box.checked);
  });
}

/** The button between the two stations. */
function turn(): void {
  document.querySelector("[data-turn]")?.addEventListener("click", () => {
    for (const [a, b] of [["from", "to"], ["from_code", "to_code"]]) {
      const x = document.getElementById(a!) as HTMLInputElement;
      const y = document.getElementById(b!) as HTMLInputElement;
      [x.value, y.value] = [y.value, x.value];
    }
    known();
  });
}

/** One seat a passenger: choosing one more lets the first one go. */
function seats(): void {
  const order: HTMLInputElement[] = [];
  document.addEventListener("change", (e) => {
    const seat = e.target as HTMLInputElement;
    if (seat.name !== "seat") return;
    const form = seat.form!;
    const most = Number((form.elements.namedItem("count") as HTMLInputElement).value);
    const chosen = [...form.querySelectorAll<HTMLInputElement>("input[name=seat]:checked")];
    if (seat.checked) order.push(seat);
    if (chosen.length > most) (order.find((s) => s.checked && s !== seat && s.isConnected) ?? chosen.find((s) => s !== seat))!.checked = false;
    for (let i = order.length; i--; ) if (!order[i]!.checked) order.splice(i, 1);
  });
}

/** A field is marked wrong as long as the note below it says so. */
function notes(): void {
  document.addEventListener("htmx:afterSwap", (e) => {
    const note = (e as CustomEvent<{ target: HTMLElement }>).detail.target;
    const id = /^(.*?)(-note|-says)$/.exec(note.id)?.[1];
    const input = id && document.getElementById(id);
    if (!input) return;
    const says = document.getElementById(`${id}-note`)?.textContent;
    if (says) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  });
  document.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
}
