// Says calls aloud, Chinese first, one after the other. Each call has a key that is
// the same wherever it is made; what this browser has said it does not say again, also
// not after a reload.

export interface Spoken {
  key: string;
  zh: string;
  en: string;
}

const remembered = "chepiao-said";
const keepMost = 400;

let queue: Spoken[] = [];
let busy = false;
let speaking = ""; // key of the call that is being said

function said(): string[] {
  try {
    return JSON.parse(localStorage.getItem(remembered) ?? "[]") as string[];
  } catch {
    return [];
  }
}

/** Whether this browser has said the call. */
export function wasSaid(key: string): boolean {
  return said().includes(key);
}

function remember(key: string): void {
  try {
    localStorage.setItem(remembered, JSON.stringify([...said(), key].slice(-keepMost)));
  } catch {
    // a browser that keeps nothing says it again after a reload
  }
}

let blocked: () => void = () => undefined;

/** Calls tell when the browser will not speak before somebody has touched the page. What
 *  was to be said is not forgotten: it is said at the next look, if it is still due. */
export function onBlocked(tell: () => void): void {
  blocked = tell;
}

function forget(key: string): void {
  try {
    localStorage.setItem(remembered, JSON.stringify(said().filter((k) => k !== key)));
  } catch {
    // nothing was remembered
  }
}

/** Takes in what is due, the most urgent first; calls that were said, or wait to be, are left out. shown is
 *  told what is being said, and null when there is nothing. */
export function say(calls: Spoken[], shown: (call: Spoken | null) => void): void {
  const due = new Set(calls.map((c) => c.key));
  queue = calls.filter((c) => !wasSaid(c.key)); // what was taken back meanwhile is gone, what is more urgent comes first
  if (speaking && !due.has(speaking) && "speechSynthesis" in window) {
    speaking = "";
    speechSynthesis.cancel();
  }
  if (!busy) void next(shown);
}

async function next(shown: (call: Spoken | null) => void): Promise<void> {
  busy = true;
  for (let call = queue.shift(); call; call = queue.shift()) {
    remember(call.key);
    speaking = call.key;
    shown(call);
    if ((await utter(call.zh, "zh-CN")) === "blocked") {
      forget(call.key);
      queue = [];
      speaking = "";
      busy = false;
      shown(null);
      return blocked();
    }
    if (call.en !== call.zh && speaking) await utter(call.en, "en-GB");
  }
  speaking = "";
  shown(null);
  busy = false;
}

/** One sentence; goes on after a while, too, where the machine has no voice. */
function utter(text: string, lang: string): Promise<"" | "blocked"> {
  return new Promise((resolve) => {
    const done = () => resolve("");
    if (!("speechSynthesis" in window)) return void setTimeout(done, 4000);
    const words = new SpeechSynthesisUtterance(text);
    words.lang = lang;
    words.rate = 0.9;
    words.onend = done;
    words.onerror = (e) => (e.error === "not-allowed" ? resolve("blocked") : done());
    setTimeout(done, 3000 + text.length * 400);
    speechSynthesis.speak(words);
  });
}

/** Is silent at once. */
export function silence(): void {
  queue = [];
  speaking = "";
  if ("speechSynthesis" in window) speechSynthesis.cancel();
}
