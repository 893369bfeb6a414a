// Explains a voucher in the browser. The program (WebAssembly), the key
// directory and the stations' names are fetched once when the page opens; after
// that nothing here asks the network for anything.
export {};

interface Answer {
  valid: boolean;
  signed: boolean;
  reason: string;
  message: string;
  kid: string;
  suite: string;
  directory: { issuer: string; number: number; issued: string; keys: number } | null;
  lines: { number: string; name: string; value: string; sentence: string }[];
}

const page = document.getElementById("verify")!;
const state = document.getElementById("state")!;
const code = document.getElementById("code") as HTMLTextAreaElement;
const answer = document.getElementById("answer")!;
const lang = page.dataset.lang === "en" ? "en" : "zh";
let directory = "";
let stations = "";

code.addEventListener("input", verify);
document.getElementById("again")!.addEventListener("click", () => {
  code.value = "";
  verify();
  code.focus();
});
void load();

async function load(): Promise<void> {
  try {
    [directory, stations] = await Promise.all([text(page.dataset.keys!), text(page.dataset.stations!), run()]);
    const list = JSON.parse(directory) as { issuer: string; number: number; keys: unknown[] };
    tell(fill(page.dataset.ready!, { issuer: list.issuer, number: list.number, keys: list.keys.length }), "good");
    page.dataset.loaded = "";
    verify();
  } catch {
    tell(page.dataset.failed!, "bad");
  }
}

async function text(url: string): Promise<string> {
  const answered = await fetch(url);
  if (!answered.ok) throw new Error(`${url} answered ${answered.status}`);
  return answered.text();
}

async function run(): Promise<void> {
  const go = new Go();
  const { instance } = await WebAssembly.instantiateStreaming(fetch(page.dataset.wasm!), go.importObject);
  void go.run(instance); // ends never
}

/** Puts values where a sentence names them: {issuer}. */
function fill(sentence: string, values: Record<string, string | number>): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

/** Chinese sentences of the verifier with the marks of Chinese typesetting. */
function typeset(s: string): string {
  if (lang !== "zh") return s;
  const marks: Record<string, string> = { ",": "，", ";": "；", ":": "：", "(": "（", ")": "）" };
  return s.replace(/(?<=[\u4e00-\u9fff)])[,;:()]|[,;(](?=[\u4e00-\u9fff])/g, (m) => marks[m]!);
}

function tell(what: string, how: string): void {
  state.textContent = what;
  state.className = `state ${how}`;
}

function verify(): void {
  answer.replaceChildren();
  const typed = code.value.trim();
  if (!typed || !directory) return;
  const a = JSON.parse(chepiaoVerify(typed, directory, Date.now(), lang, stations)) as Answer;
  const verdict = clone("verdict");
  verdict.classList.add(a.valid ? "good" : a.signed ? "late" : "bad");
  verdict.querySelector(".sign")!.textContent = a.valid ? "✓" : a.signed ? "!" : "✕";
  verdict.querySelector("h2")!.textContent = typeset(a.message);
  verdict.querySelector(".reason")!.textContent = [a.reason, a.suite, a.kid && `kid ${a.kid}`].filter(Boolean).join(" · ");
  answer.append(verdict);
  if (!a.lines.length) return;
  const claims = clone("claims");
  for (const line of a.lines) {
    const row = claims.querySelector("tbody")!.insertRow();
    for (const cell of [line.number, line.name, line.value, typeset(line.sentence)]) row.insertCell().textContent = cell;
  }
  answer.append(claims);
}

function clone(id: string): HTMLElement {
  return (document.getElementById(id) as HTMLTemplateElement).content.firstElementChild!.cloneNode(true) as HTMLElement;
}
