// The counter of a window: what the card reader, the scanner and the printer do to
// the page. A card fills the next passenger of a sale, or finds tickets; laid down
// before the departure is chosen it waits a moment for the sale. A scanned voucher is
// looked up, a scanned payment code pays the order on the page. A sale that was just
// made prints its slip and opens the drawer, once.
import { devices, onScan, type Card, type Devices } from "./device";

const waitsKey = "card-waits";
const waitsMax = 120_000; // ms that a card waits for its sale
const paymentCode = /^(1[0-5]\d{16}|(2[5-9]|30)\d{14,22})$/; // WeChat Pay; Alipay

const english = document.documentElement.lang.startsWith("en");
const say = (zh: string, en: string) => (english ? en : zh);

let pending: Card | undefined; // for the row that is being added

/** Connects the page with what stands on the counter. */
export function counter(): void {
  const d = devices();
  onScan(scanned);
  if (!d) return;
  d.on("card", (card) => laid(card));
  const waits = waiting();
  if (waits && document.getElementById("sale")) laid(waits);
  else if (waits) tellWaits(waits);
  sold(d);
}

/** Prints a slip again: on the printer of the counter, or else by the browser. */
export async function reprint(button: HTMLElement): Promise<void> {
  if (document.body.dataset.practice !== undefined) return tell(say("练习模式不打印", "nothing is printed in practice"), true);
  const d = devices();
  if (!d) {
    if (button.dataset.order) location.href = button.dataset.order;
    else window.print();
    return;
  }
  button.toggleAttribute("disabled", true);
  await slip(d, copyOf(button.dataset.reprint!), undefined);
  button.toggleAttribute("disabled", false);
}

/** The address of the next print of a slip, which says on itself which print it is. */
function copyOf(url: string): string {
  if (!url.startsWith("/paper/order/")) return url;
  const copy = Number(sessionStorage.getItem(url) ?? "1") + 1;
  sessionStorage.setItem(url, String(copy));
  return `${url}?copy=${copy}`;
}

/** After a row was added: the card that asked for it fills it. */
export function rowAdded(): void {
  if (!pending) return;
  const card = pending;
  pending = undefined;
  fill(card);
}

export function tell(text: string, wrong = false): void {
  const told = document.getElementById("told");
  if (!told) return;
  told.textContent = text;
  told.classList.toggle("wrong", wrong);
}

function laid(card: Card): void {
  if (document.getElementById("sale")) return fill(card);
  const find = document.querySelector<HTMLFormElement>("form.ask #code")?.form;
  if (find) {
    const put = (id: string, value: string) => ((document.getElementById(id) as HTMLInputElement | HTMLSelectElement).value = value);
    put("code", card.number);
    put("kind", card.kind);
    put("why", "presented");
    find.requestSubmit();
    return;
  }
  sessionStorage.setItem(waitsKey, JSON.stringify({ card, at: Date.now() }));
  tellWaits(card);
}

function waiting(): Card | undefined {
  const kept = sessionStorage.getItem(waitsKey);
  if (!kept) return undefined;
  const { card, at } = JSON.parse(kept) as { card: Card; at: number };
  if (Date.now() - at <= waitsMax) return card;
  sessionStorage.removeItem(waitsKey);
  return undefined;
}

function tellWaits(card: Card): void {
  tell(say(`✓ 已读证件 ${card.name[0] ?? ""}**，选定班次后自动填入`, `✓ card read (${card.name[0] ?? ""}**): it fills the passenger once a departure is chosen`));
}

/** Fills the next empty row, or adds one. The server judges it as if it were typed. */
function fill(card: Card): void {
  sessionStorage.removeItem(waitsKey);
  const numbers = [...document.querySelectorAll<HTMLInputElement>("#sale input.number")];
  if (numbers.some((n) => n.value === card.number)) return tell(say("该证件已在本单中", "this card is in the sale already"), true);
  const number = numbers.find((n) => !n.value);
  if (!number) {
    const add = document.querySelector<HTMLElement>('#sale [data-key="F3"]');
    if (!add) return tell(say("本单人数已满", "the sale has as many passengers as it may"), true);
    pending = card;
    add.click();
    return;
  }
  const row = number.closest("tr")!;
  number.value = card.number;
  row.querySelector<HTMLInputElement>('input[name$="_name"]')!.value = card.name;
  const kind = row.querySelector<HTMLSelectElement>('select[name$="_kind"]')!;
  if (card.kind !== "resident_id" && [...kind.options].some((o) => o.value === card.kind)) kind.value = card.kind;
  number.dispatchEvent(new Event("change", { bubbles: true }));
  const over = card.expires !== "" && card.expires < new Date().toISOString().slice(0, 10);
  tell(over ? say(`证件已于 ${card.expires} 过期`, `the card expired on ${card.expires}`) : say("✓ 已读证件", "✓ card read"), over);
  document.querySelector<HTMLElement>("#sale [data-main]")?.focus();
}

function scanned(text: string): void {
  const pays = document.querySelector<HTMLInputElement>("[data-paycode]");
  if (paymentCode.test(text) && pays) {
    pays.value = text;
    pays.form!.requestSubmit();
    return;
  }
  const serial = document.querySelector<HTMLInputElement>("[data-serial]");
  if (serial && !/^(CP1:|TK|OD)/i.test(text)) {
    serial.value = text;
    serial.focus();
    return;
  }
  if (paymentCode.test(text)) return tell(say("没有等待付款的订单", "no order on this page waits for a payment"), true);
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/window/find";
  form.hidden = true;
  const code = document.createElement("input");
  code.name = "code";
  code.value = text;
  form.append(code);
  document.body.append(form);
  form.submit();
}

/** A sale that was just made: its slip comes out and the drawer opens, once however
 *  often the page is loaded. */
function sold(d: Devices): void {
  const last = document.getElementById("last");
  const url = last?.dataset.slip;
  const job = last?.dataset.job;
  if (!url || !job) return;
  if (last.dataset.drawer !== undefined && sessionStorage.getItem("drawer") !== job) {
    sessionStorage.setItem("drawer", job);
    d.openDrawer().catch((fault: Error) => tell(fault.message, true));
  }
  void slip(d, url, job);
}

async function slip(d: Devices, url: string, job: string | undefined): Promise<void> {
  const state = document.getElementById("slip");
  const show = (text: string, kind: string) => {
    if (!state) return tell(text, kind === "failed");
    state.textContent = text;
    state.dataset.state = kind;
  };
  show(say("⎙ 正在打印…", "⎙ printing…"), "printing");
  try {
    const done = await d.print(url, job);
    if (done.state === "done") {
      show(say("✓ 已打印", "✓ printed"), "done");
      await finished(url, done.id);
    } else show(say(`✗ 未打印：${done.zh}`, `✗ not printed: ${done.en}`), "failed");
  } catch (fault) {
    show(say(`✗ 未打印：${(fault as Error).message}`, `✗ not printed: ${(fault as Error).message}`), "failed");
  }
}

/** Tells the server that a slip came out here: one that a kiosk left lying is finished
 *  by it. */
async function finished(url: string, job: string): Promise<void> {
  const slip = /^\/paper\/(order|voucher|receipt)\/(\w+)\./.exec(url);
  if (!slip) return;
  const body = new URLSearchParams({ once: job, what: slip[1]!, id: slip[2]! });
  await fetch("/window/printed", { method: "POST", body, credentials: "same-origin" });
}
