// Printing at a kiosk. The server is told that a slip is begun before a byte goes to
// the printer, and that it is finished only when the printer says so (F18). A slip
// that waits too long, or asks what to do, is given up: nobody else shall get it.
import { devices, type Job } from "../parts/device";

const patience = 12_000; // ms that a slip may wait for the printer

const english = () => document.documentElement.lang.startsWith("en");
const say = (zh: string, en: string) => (english() ? en : zh);

/** Whether this machine could print now. */
export function ready(): boolean {
  const d = devices();
  if (!d?.here) return false;
  const fine = (s: string | undefined) => s === undefined || ["ready", "busy", "low", "none"].includes(s);
  return d.status.printer !== undefined && fine(d.status.printer.state) && d.status.printer.state !== "none" && fine(d.status.paper?.state);
}

/** Prints what the page says is to come out by itself, one after the other. */
export function autoPrint(): void {
  const wanted = [...document.querySelectorAll<HTMLElement>("[data-ticket][data-auto]")];
  if (wanted.length) void all(wanted.map((e) => [e, e.dataset.auto!]));
}

/** Prints a ticket's slip or receipt. */
export function printButton(button: HTMLElement): Promise<void> {
  return all([[button.closest<HTMLElement>("[data-ticket]")!, button.dataset.print!]]);
}

async function all(wanted: [HTMLElement, string][]): Promise<void> {
  const main = document.getElementById("main")!;
  if (main.dataset.printing !== undefined) return;
  main.dataset.printing = "";
  const buttons = main.querySelectorAll<HTMLButtonElement>("[data-print], [data-needsprinter]");
  buttons.forEach((b) => (b.disabled = true));
  show(say("⎙ 正在打印，请取走凭证…", "⎙ Printing: take your slip…"), "printing");
  let failed = "";
  for (const [ticket, slip] of wanted) {
    const wrong = await one(ticket.dataset.ticket!, slip);
    failed = wrong || failed;
    const button = ticket.querySelector<HTMLElement>(`[data-print="${slip}"]`);
    if (!wrong && button?.dataset.again) button.textContent = button.dataset.again;
  }
  if (!main.isConnected) return;
  delete main.dataset.printing;
  buttons.forEach((b) => (b.disabled = false));
  if (failed) show(`✗ ${failed}`, "failed");
  else show(say("✓ 已打印，请取走凭证和身份证", "✓ Printed: take your slip and your card"), "done");
  document.getElementById("kept")!.hidden = !failed;
}

function show(text: string, state: string): void {
  const e = document.getElementById("slip");
  if (!e) return;
  e.hidden = false;
  e.textContent = text;
  e.dataset.state = state;
}

/** Prints one slip; what went wrong, "" for nothing. */
async function one(ticket: string, slip: string): Promise<string> {
  const d = devices();
  const order = document.querySelector<HTMLElement>("[data-order]")?.dataset.order ?? "";
  const post = (what: string, more: Record<string, string> = {}) =>
    fetch(`${order}/t/${ticket}/${what}`, { method: "POST", body: new URLSearchParams({ slip, ...more }) });
  let why = "";
  try {
    const begun = await post("print");
    const answer = (await begun.json()) as { url: string; job: string; text?: string };
    if (!begun.ok) return answer.text ?? say("暂不能打印", "It cannot be printed now");
    try {
      if (!d?.here) throw new Error(say("打印机未连接", "the printer is not connected"));
      const over = await impatiently(answer.url, answer.job);
      if (over.state !== "done") why = (english() ? over.en : over.zh) || say("打印未完成", "the slip did not come out");
    } catch (fault) {
      why = (fault as Error).message || say("打印未完成", "the slip did not come out");
    }
    await post("printed", why ? { done: "", why } : { done: "1" });
  } catch {
    why ||= say("网络中断", "no connection");
  }
  return why;
}

/** Prints, and gives a slip up that hangs. */
async function impatiently(url: string, id: string): Promise<Job> {
  const d = devices()!;
  let late: ReturnType<typeof setTimeout> | undefined;
  let asked: Job | undefined;
  const off = d.on("job", (job) => {
    if (job.id !== id) return;
    if (job.ask || (job.state === "waiting" && job.why)) {
      asked = job;
      late ??= setTimeout(() => void d.answer(id, "drop"), job.ask ? 0 : patience);
    } else clearTimeout(late);
  });
  const longest = setTimeout(() => void d.answer(id, "drop"), 3 * patience);
  try {
    const over = await d.print(url, id);
    return over.state === "failed" && asked ? { ...over, zh: asked.zh, en: asked.en } : over;
  } finally {
    off();
    clearTimeout(late);
    clearTimeout(longest);
  }
}

/** Prints a few lines that show whether letters, codes and cutter work. */
export async function testPrint(): Promise<void> {
  const d = devices();
  try {
    if (!d?.here) throw new Error(say("打印机未连接", "the printer is not connected"));
    const over = await d.print("/paper/test/kiosk.escpos?width=80");
    show(over.state === "done" ? say("✓ 已打印", "✓ printed") : `✗ ${english() ? over.en : over.zh}`, over.state);
  } catch (fault) {
    show(`✗ ${(fault as Error).message}`, "failed");
  }
}
