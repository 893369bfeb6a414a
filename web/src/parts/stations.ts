// A station's field: what is typed goes to the server, which answers with a
// list (htmx puts it in place); here the list is opened, walked with the arrow
// keys, and a choice is taken. Without this script the field still works: the
// server understands names, pinyin and initials.

/** Makes every field with data-stations a combo box. */
export function stations(taken: (input: HTMLInputElement) => void = () => {}): void {
  for (const input of document.querySelectorAll<HTMLInputElement>("input[data-stations]")) combo(input, taken);
}

function combo(input: HTMLInputElement, taken: (input: HTMLInputElement) => void): void {
  const list = document.getElementById(`${input.id}-list`)!;
  const code = document.getElementById(`${input.id}_code`) as HTMLInputElement;
  const options = () => [...list.querySelectorAll<HTMLElement>("[role=option]")];
  // The list may still answer what was typed a moment ago.
  const fresh = () => list.querySelector<HTMLElement>("[data-typed]")?.dataset.typed === input.value;
  let at = 0;
  let wanted = false; // Enter came before the list

  const open = (yes: boolean) => {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
    if (!yes) input.removeAttribute("aria-activedescendant");
  };
  const point = (to: number) => {
    const all = options();
    if (!all.length) return;
    at = (to + all.length) % all.length;
    all.forEach((o, i) => o.setAttribute("aria-selected", String(i === at)));
    input.setAttribute("aria-activedescendant", all[at]!.id);
  };
  const take = (option: HTMLElement) => {
    input.value = option.dataset.name!;
    code.value = option.dataset.code!;
    code.setAttribute("value", code.value);
    open(false);
    taken(input);
  };

  input.addEventListener("input", () => {
    code.value = "";
    wanted = false;
  });
  list.addEventListener("htmx:afterSwap", () => {
    if (document.activeElement !== input || !fresh()) return;
    const first = options()[0];
    if (wanted && first) take(first);
    else open(true);
    if (input.value && !code.value) point(0);
    wanted = false;
  });
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", () => open(false));
  list.addEventListener("mousedown", (e) => e.preventDefault()); // keeps the focus in the field
  list.addEventListener("click", (e) => {
    const option = (e.target as HTMLElement).closest<HTMLElement>("[data-code]");
    if (option) take(option);
  });
  input.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && !list.hidden) {
      e.stopPropagation();
      open(false);
    }
    if (e.key === "ArrowDown" || e.key === "ArrowUp") {
      e.preventDefault();
      if (list.hidden) open(true);
      point(input.hasAttribute("aria-activedescendant") ? at + (e.key === "ArrowDown" ? 1 : -1) : 0);
    }
    if (e.key === "Enter" && !code.value && input.value) {
      e.preventDefault();
      if (!fresh()) wanted = true;
      else if (options()[at]) take(options()[at]!);
    }
  });
}
