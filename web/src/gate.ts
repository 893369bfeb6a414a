// The gate's page: keeps the one field focused, so that a scanner which types
// always finds it; beeps so that the clerk need not look; keeps the last
// passages; and clears the answer before the next passenger stands there.

import { camera } from "./gate/camera";
import { keepReady } from "./desk/emergency";
import { devices } from "./parts/device";
import { withoutNode } from "./gate/without";

const idleAfter = 12_000; // ms an answer stays
const askedAfter = 45_000; // ms one stays that asks for something
const historyMost = 8;

const code = document.getElementById("code") as HTMLInputElement | null;
if (code) gate(code);

function gate(code: HTMLInputElement): void {
  const undo = document.getElementById("undo") as HTMLDialogElement;
  const override = document.getElementById("override") as HTMLDialogElement;
  const offline = document.getElementById("offline")!;
  const idle = document.getElementById("verdict")!.cloneNode(true) as HTMLElement;
  let clearing = 0;

  focus(code, [undo, override]);
  if (matchMedia("(min-width: 701px)").matches) keepReady(); // a handheld is carried about, and lost: it keeps no manifests
  clock();
  counter(code, [undo, override]);

  const scan = code.form!;
  let read: FormData | undefined; // what was read last, to be asked about again: it stands nowhere in the page
  scan.addEventListener("submit", () => (read = new FormData(scan)), { capture: true });
  scan.addEventListener("htmx:beforeRequest", () => (code.value = ""));
  document.addEventListener("htmx:configRequest", (e) => {
    if (!read || !(e.target as HTMLElement).querySelector("[data-again]")) return;
    const parameters = (e as CustomEvent<{ parameters: Record<string, string> }>).detail.parameters;
    for (const name of ["code", "kind", "nationality"]) parameters[name] = String(read.get(name) ?? "").trim() || parameters[name] || "";
  });
  document.addEventListener("htmx:afterSwap", (e) => {
    const swapped = e.target as HTMLElement;
    if (swapped.id === "verdict") answered(swapped);
  });
  withoutNode(answered);
  function answered(swapped: HTMLElement): void {
    offline.hidden = true;
    undo.close();
    override.close();
    beep(swapped.dataset.sound ?? "", "again" in swapped.dataset);
    remember(swapped.querySelector<HTMLTemplateElement>("#passed"));
    for (const field of scan.querySelectorAll<HTMLInputElement | HTMLSelectElement>("select, #nationality")) field.value = "";
    code.focus();
    clearTimeout(clearing);
    const stays = swapped.querySelector(".acts") ? askedAfter : idleAfter;
    clearing = window.setTimeout(() => idle.classList.contains("idle") && swapped.replaceWith(idle.cloneNode(true)), stays);
  }
  document.addEventListener("click", (e) => {
    const button = (e.target as HTMLElement).closest<HTMLElement>("[data-override]");
    if (!button) return;
    (override.querySelector("[name=code]") as HTMLInputElement).value = button.dataset.override!;
    document.getElementById("override-what")!.textContent = button.dataset.what!;
    override.showModal();
  });
  // A scanner types no function keys: they are the clerk's.
  document.addEventListener("keydown", (e) => {
    const button = document.querySelector<HTMLButtonElement>(`#verdict [data-key="${CSS.escape(e.key)}"]`);
    if (!button || undo.open || override.open) return;
    e.preventDefault();
    button.click();
  });

  document.getElementById("history")!.addEventListener("click", (e) => {
    const button = (e.target as HTMLElement).closest<HTMLElement>("[data-undo]");
    if (!button) return;
    const form = undo.querySelector("form")!;
    (form.elements.namedItem("ticket") as HTMLInputElement).value = button.dataset.undo!;
    (form.elements.namedItem("once") as HTMLInputElement).value = button.dataset.once!;
    document.getElementById("undo-what")!.textContent = button.dataset.what!;
    undo.showModal();
  });
  for (const dialog of [undo, override]) {
    dialog.querySelector("[data-close]")!.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      (dialog.querySelector("input:not([type=hidden])") as HTMLInputElement).value = "";
      code.focus();
    });
  }
}

/** What the reader and a serial scanner read is checked as if it were typed. A
 *  scanner that types needs none of this: the field is focused. */
function counter(code: HTMLInputElement, dialogs: HTMLDialogElement[]): void {
  const check = (text: string, kind: string) => {
    if (dialogs.some((d) => d.open)) return; // a person is busy with the one before
    code.value = text;
    (document.getElementById("kind") as HTMLSelectElement).value = kind;
    code.form!.requestSubmit();
  };
  devices()?.on("card", (card) => check(card.number, card.kind));
  devices()?.on("scan", ({ text }) => check(text, ""));
  camera((text) => check(text, ""));
}

/** The field takes the focus back from everything but a field a person is in. */
function focus(code: HTMLInputElement, dialogs: HTMLDialogElement[]): void {
  const back = () => {
    const here = document.activeElement;
    if (!dialogs.some((d) => d.open) && (!here || here === document.body || here.tagName === "BUTTON")) code.focus();
  };
  code.addEventListener("blur", () => setTimeout(back, 50));
  document.addEventListener("click", () => setTimeout(back, 50));
  window.addEventListener("focus", back);
  // A scanner types faster than anybody clicks: its first character must count.
  document.addEventListener("keydown", (e) => {
    if (e.key.length === 1 && !e.ctrlKey && !e.metaKey && !e.altKey && document.activeElement === document.body) code.focus();
  });
  code.focus();
}

/** One passage more in the list of the last ones. */
function remember(passed: HTMLTemplateElement | null): void {
  const list = document.getElementById("history")!;
  if (passed) list.prepend(passed.content.cloneNode(true));
  while (list.children.length > historyMost) list.lastElementChild!.remove();
}

let audio: AudioContext | undefined;

/** Pass: one high tone. Seen a moment ago: two. Wait: one low. Stop: three low. An
 *  alarm is for the supervisor's list: here it sounds like a stop. */
function beep(sound: string, again: boolean): void {
  const stop: [number, number][] = [[240, 150], [240, 150], [240, 260]];
  const tones: Record<string, [number, number][]> = {
    pass: again ? [[1320, 70], [1320, 70]] : [[1320, 140]],
    wait: [[520, 320]],
    stop,
    alarm: stop,
  };
  document.body.dataset.sound = (sound === "alarm" ? "stop" : sound) + (again ? " again" : ""); // what a test can hear
  try {
    audio ??= new AudioContext();
    let at = audio.currentTime;
    for (const [hz, ms] of tones[sound] ?? []) {
      const tone = audio.createOscillator();
      const level = audio.createGain();
      tone.type = tones[sound] === stop ? "square" : "sine";
      tone.frequency.value = hz;
      level.gain.setValueAtTime(0.25, at);
      level.gain.setTargetAtTime(0, at + ms / 1000, 0.012);
      tone.connect(level).connect(audio.destination);
      tone.start(at);
      tone.stop(at + ms / 1000 + 0.08);
      at += ms / 1000 + 0.07;
    }
  } catch {
    // A machine without sound shows its answer all the same.
  }
}

/** The station's time, by the server's clock and in the page's own notation. */
function clock(): void {
  const time = document.getElementById("clock")!;
  const [h, m] = time.textContent!.split(":").map(Number) as [number, number];
  const start = performance.now() - (Number(time.dataset.now) % 60_000);
  setInterval(() => {
    const minutes = h * 60 + m + Math.floor((performance.now() - start) / 60_000);
    time.textContent = `${String(Math.floor(minutes / 60) % 24).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  }, 1000);
}
