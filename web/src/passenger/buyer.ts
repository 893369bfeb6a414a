// The company that invoices are made out to, in this browser's own memory: it is
// offered the next time and sent nowhere but with a form. A browser that keeps
// nothing just asks again.
const place = "chepiao.buyer";
const fields = ["title", "tax_no"] as const;

export function buyer(): void {
  fill();
  document.addEventListener("htmx:afterSwap", fill);
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (!(form instanceof HTMLFormElement) || !form.matches("[data-buyer]")) return;
    const data = new FormData(form);
    if (data.get("buyer") !== "company") return;
    try {
      localStorage.setItem(place, JSON.stringify(Object.fromEntries(fields.map((f) => [f, data.get(f)]))));
    } catch {
      // it keeps nothing
    }
  });
}

/** Fills what is empty: also in a form that came while the page asked again. */
function fill(): void {
  const known = read();
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-buyer]"))
    for (const name of fields) {
      const field = form.elements.namedItem(name);
      if (field instanceof HTMLInputElement && !field.value) field.value = known[name] ?? "";
    }
}

function read(): Record<string, string> {
  try {
    const known: unknown = JSON.parse(localStorage.getItem(place) ?? "{}");
    return known && typeof known === "object" ? (known as Record<string, string>) : {};
  } catch {
    return {};
  }
}
