// The gate's page: keeps the one field focused, so that a scanner which types
// always finds it; beeps so that the clerk need not look; keeps the last
// passages; and clears the answer before the next passenger stands there.

const idleAfter = 12_000; // ms an answer stays
const historyMost = 8;

const code = document.getElementById("code") as HTMLInputElement | null;
if (code) gate(code);

function gate(code: HTMLInputElement): void {
  const undo = document.getElementById("undo") as HTMLDialogElement;
  const offline = document.getElementById("offline")!;
  const idle = document.getElementById("verdict")!.cloneNode(true) as HTMLElement;
  let clearing = 0;

  focus(code, undo);
  clock();

  const scan = code.form!;
  scan.addEventListener("htmx:beforeRequest", () => (code.value = ""));
  document.addEventListener("htmx:afterSwap", (e) => {
    const swapped = e.target as HTMLElement;
    if (swapped.id !== "verdict") return;
    offline.hidden = true;
    undo.close();
    beep(swapped.dataset.light ?? "", "again" in swapped.dataset);
    remember(swapped.querySelector<HTMLTemplateElement>("#passed"));
    for (const field of scan.querySelectorAll<HTMLInputElement | HTMLSelectElement>("select, #nationality")) field.value = "";
    code.focus();
    clearTimeout(clearing);
    clearing = window.setTimeout(() => idle.classList.contains("idle") && swapped.replaceWith(idle.cloneNode(true)), idleAfter);
  });
  const down = () => {
    offline.hidden = false;
    beep("red", false);
  };
  document.addEventListener("htmx:sendError", down);
  document.addEventListener("htmx:timeout", down);

  document.getElementById("history")!.addEventListener("click", (e) => {
    const button = (e.target as HTMLElement).closest<HTMLElement>("[data-undo]");
    if (!button) return;
    const form = undo.querySelector("form")!;
    (form.elements.namedItem("ticket") as HTMLInputElement).value = button.dataset.undo!;
    (form.elements.namedItem("once") as HTMLInputElement).value = button.dataset.once!;
    document.getElementById("undo-what")!.textContent = button.dataset.what!;
    undo.showModal();
  });
  undo.querySelector("[data-close]")!.addEventListener("click", () => undo.close());
  undo.addEventListener("close", () => {
    (undo.querySelector("#reason") as HTMLInputElement).value = "";
    code.focus();
  });
}

/** The field takes the focus back from everything but a field a person is in. */
function focus(code: HTMLInputElement, undo: HTMLDialogElement): void {
  const back = () => {
    const here = document.activeElement;
    if (!undo.open && (!here || here === document.body || here.tagName === "BUTTON")) code.focus();
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

/** Green: one high tone. Seen a moment ago: two. Amber: one low. Red: three low. */
function beep(light: string, again: boolean): void {
  const tones: Record<string, [number, number][]> = {
    green: again ? [[1320, 70], [1320, 70]] : [[1320, 140]],
    amber: [[520, 320]],
    red: [[240, 150], [240, 150], [240, 260]],
  };
  document.body.dataset.sound = light + (again ? " again" : ""); // what a test can hear
  try {
    audio ??= new AudioContext();
    let at = audio.currentTime;
    for (const [hz, ms] of tones[light] ?? []) {
      const tone = audio.createOscillator();
      const level = audio.createGain();
      tone.type = light === "red" ? "square" : "sine";
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
