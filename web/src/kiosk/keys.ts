// The keys on the screen: letters that narrow a list of places, and a keyboard for
// the typed fields of a page. A machine has no keyboard, and one that hangs on it
// works as well.

const rows: Record<string, string[]> = {
  digits: ["123", "456", "789", "0⌫"],
  id: ["123", "456", "789", "X0⌫"],
  name: ["QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM⌫", "␣"],
  code: ["1234567890", "QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM⌫"],
};

const english = () => document.documentElement.lang.startsWith("en");

function key(text: string, press: (text: string) => void): HTMLButtonElement {
  const b = document.createElement("button");
  b.type = "button";
  b.className = "key";
  b.textContent = text === "␣" ? (english() ? "space" : "空格") : text;
  if (text === "⌫") b.setAttribute("aria-label", english() ? "delete" : "删除");
  b.addEventListener("pointerdown", (e) => e.preventDefault()); // the field keeps the cursor
  b.addEventListener("click", () => press(text));
  return b;
}

function row(of: Node[]): HTMLElement {
  const e = document.createElement("div");
  e.className = "keyrow";
  e.append(...of);
  return e;
}

/** Letters that narrow the list of places. */
export function letters(): void {
  const into = document.querySelector<HTMLElement>("[data-filter]");
  if (!into || into.childElementCount) return;
  const list = document.getElementById(into.dataset.filter!)!;
  const popular = document.getElementById("popular");
  const shown = document.getElementById("typed")!;
  let typed = "";
  const narrow = () => {
    let any = false;
    for (const place of list.children as HTMLCollectionOf<HTMLElement>) {
      place.hidden = !place.dataset.keys!.split(" ").some((k) => k.startsWith(typed));
      any ||= !place.hidden;
    }
    list.hidden = !typed;
    if (popular) popular.hidden = typed !== "";
    document.getElementById("noplace")!.hidden = !typed || any;
    shown.textContent = typed.toUpperCase();
  };
  const press = (text: string) => {
    typed = text === "⌫" ? typed.slice(0, -1) : typed + text.toLowerCase();
    narrow();
  };
  into.append(...["ABCDEFG", "HIJKLMN", "OPQRSTU", "VWXYZ⌫"].map((r) => row([...r].map((c) => key(c, press)))));
}

/** A keyboard for the field that has the cursor. */
export function keyboard(): void {
  const board = document.querySelector<HTMLElement>(".board");
  const fields = [...document.querySelectorAll<HTMLInputElement>("input[data-keys]")];
  if (!board || !fields.length) return;
  let at = fields[0]!;
  const press = (text: string) => {
    if (text === "⌫") at.value = at.value.slice(0, -1);
    else if (at.value.length < at.maxLength) at.value += text === "␣" ? " " : text;
    at.focus();
    at.setSelectionRange(at.value.length, at.value.length);
    if (at.value.length === at.maxLength && at.dataset.keys === "id") (fields[fields.indexOf(at) + 1] ?? at).focus();
  };
  const draw = (field: HTMLInputElement) => {
    at = field;
    for (const f of fields) f.classList.toggle("at", f === field);
    board.className = `keys board keys-${field.dataset.keys}`;
    board.hidden = false;
    board.replaceChildren(...rows[field.dataset.keys!]!.map((r) => row([...r].map((c) => key(c, press)))));
  };
  for (const f of fields) {
    f.inputMode = "none"; // no second keyboard of the system
    f.addEventListener("focus", () => f !== at && draw(f));
  }
  draw(fields.find((f) => !f.value) ?? at);
  at.focus();
}
