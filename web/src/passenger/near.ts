// Stations nearby. The browser is asked where it is only when somebody taps;
// the server is told only the cell of the map, half a degree wide, and answers
// with the stations around it; which of them is nearest is worked out here.

const shown = 5;

/** Makes the button under the stations' fields work. */
export function near(taken: (from: HTMLInputElement) => void): void {
  const button = document.querySelector<HTMLButtonElement>("[data-near]");
  if (!button || !("geolocation" in navigator)) return;
  const says = document.querySelector<HTMLElement>(".near-says")!;
  const list = document.querySelector<HTMLElement>(".near-list")!;
  button.hidden = false;
  button.addEventListener("click", () => {
    says.textContent = says.dataset.looking!;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => show(coords, list, says).catch(() => (says.textContent = says.dataset.failed!)),
      () => (says.textContent = says.dataset.failed!),
      { maximumAge: 600_000, timeout: 10_000 },
    );
  });
  list.addEventListener("click", (e) => {
    const chosen = (e.target as HTMLElement).closest<HTMLElement>("[data-code]");
    if (!chosen) return;
    const from = document.getElementById("from") as HTMLInputElement;
    const code = document.getElementById("from_code") as HTMLInputElement;
    from.value = chosen.dataset.name!;
    code.value = chosen.dataset.code!;
    list.hidden = true;
    says.textContent = "";
    taken(from);
    document.getElementById("to")?.focus();
  });
}

async function show(at: GeolocationCoordinates, list: HTMLElement, says: HTMLElement): Promise<void> {
  const cell = (degrees: number) => (Math.round(degrees * 2) / 2).toFixed(1);
  const answer = await fetch("/passenger/nearby?" + new URLSearchParams({ lat: cell(at.latitude), lon: cell(at.longitude) }));
  if (!answer.ok) throw new Error(String(answer.status));
  list.innerHTML = await answer.text();
  const items = [...list.querySelectorAll<HTMLElement>("[data-lat]")].map((li) => ({ li, km: distance(at, Number(li.dataset.lat), Number(li.dataset.lon)) }));
  items.sort((a, b) => a.km - b.km);
  items.forEach(({ li, km }, i) => {
    li.querySelector("small")!.textContent = says.dataset.km!.replace("%s", km < 10 ? km.toFixed(1) : km.toFixed(0));
    if (i < shown) list.append(li);
    else li.remove();
  });
  says.textContent = items.length ? "" : (list.textContent ?? "");
  list.hidden = !items.length;
}

/** Kilometres on the sphere (haversine). */
function distance(at: GeolocationCoordinates, lat: number, lon: number): number {
  const rad = Math.PI / 180;
  const a = Math.sin(((lat - at.latitude) * rad) / 2) ** 2 + Math.cos(at.latitude * rad) * Math.cos(lat * rad) * Math.sin(((lon - at.longitude) * rad) / 2) ** 2;
  return 2 * 6371 * Math.asin(Math.sqrt(a));
}
