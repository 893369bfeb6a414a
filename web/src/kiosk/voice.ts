// The voice of a kiosk: what a page has to say is spoken and shown as a caption at
// once. It is off at night, and anybody may switch it.

const dayFrom = 6;
const dayTo = 22;

let on = new Date().getHours() >= dayFrom && new Date().getHours() < dayTo;

/** Says it, if the voice is on; the caption is shown whether or not there is a voice. */
export function speak(text: string): void {
  const caption = document.getElementById("caption");
  hush();
  if (caption) {
    caption.hidden = !text || !on;
    caption.textContent = on ? text : "";
  }
  if (!on || !text || !("speechSynthesis" in window)) return;
  const words = new SpeechSynthesisUtterance(text);
  words.lang = document.documentElement.lang.startsWith("en") ? "en-GB" : "zh-CN";
  words.rate = 0.95;
  speechSynthesis.speak(words);
}

/** Is silent. */
export function hush(): void {
  if ("speechSynthesis" in window) speechSynthesis.cancel();
}

/** Connects the switch of the page. */
export function voiceButton(): void {
  const b = document.querySelector<HTMLElement>('[data-do="voice"]');
  if (!b) return;
  b.setAttribute("aria-pressed", String(on));
  b.addEventListener("click", () => {
    on = !on;
    b.setAttribute("aria-pressed", String(on));
    speak(document.getElementById("main")?.dataset.say ?? "");
  });
}
