// The face mode's two places. On the gate's page: a voucher or number that asks for a
// document is compared by face, where the passenger gave one; whoever is not recognised
// shows the document as before. On /gate/face: a passenger gives a face for one journey,
// takes it back, and staff try a comparison that lets nobody pass.
import type { Gathered } from "./face/gather";
import { Panel } from "./face/panel";
import { devices } from "./parts/device";
import { encode, modelID } from "./face/template";

let panel: Panel | undefined;

/** Begins on the page that is there now; a kiosk calls it for each page that it puts
 *  in the place of another, and stops the camera by the same word. */
export function faces(): void {
  panel?.cancel();
  const root = document.getElementById("face");
  panel = root ? new Panel(root) : undefined;
  const form = document.getElementById("face-form") as HTMLFormElement | null;
  if (panel && form) giving(panel, form);
  else if (panel) atGate(panel, root!);
}
if (!document.body.classList.contains("kiosk")) faces();

/** At the gate: a claim that waits for a document. */
function atGate(panel: Panel, root: HTMLElement): void {
  void panel.prepare().catch(() => undefined); // before the first passenger comes
  let no = 0;
  document.addEventListener("htmx:afterSwap", (e) => {
    if ((e.target as HTMLElement).id !== "verdict") return;
    const mine = ++no;
    panel.cancel();
    root.hidden = true;
    const again = document.querySelector<HTMLFormElement>("#verdict form[data-face]");
    if (!again) return;
    void panel.verify(again.dataset.face!, root.dataset.turn === "1").then((v) => {
      root.dataset.verdict = JSON.stringify(v);
      if (mine !== no || v.face === "none") return void (root.hidden = true);
      (again.elements.namedItem("face") as HTMLInputElement).value = v.face === "accepted" ? "yes" : "no";
      (again.elements.namedItem("look") as HTMLInputElement).value = v.look ?? "";
      again.requestSubmit();
    }, () => undefined); // the document is asked for already
  });
  const walk = document.getElementById("walk") as HTMLFormElement | null;
  const look = () => {
    const mine = ++no;
    panel.cancel();
    void panel.identify(walk!.dataset.cohort!).then((v) => {
      root.dataset.verdict = JSON.stringify(v);
      if (mine !== no) return;
      (walk!.elements.namedItem("ticket") as HTMLInputElement).value = v.face === "accepted" ? v.ticket! : "";
      walk!.requestSubmit();
    }, () => undefined);
  };
  walk?.querySelector("[data-walk]")!.addEventListener("click", look);
  if (walk)
    document.addEventListener("keydown", (e) => {
      if (e.key !== "F7" || document.querySelector("dialog[open]")) return;
      e.preventDefault();
      look();
    });
}

/** Giving a face, taking it back, trying it. */
function giving(panel: Panel, form: HTMLFormElement): void {
  const says = document.getElementById("face-says")!;
  const ticket = form.elements.namedItem("ticket") as HTMLInputElement;
  const turn = form.elements.namedItem("turn") as HTMLInputElement;
  const acts: Record<string, () => Promise<void>> = { enrol, withdraw, verify };
  for (const button of form.querySelectorAll<HTMLButtonElement>("button[data-act]"))
    button.addEventListener("click", () => {
      if (button.dataset.act === "withdraw" ? !ticket.reportValidity() : !form.reportValidity()) return;
      for (const b of form.querySelectorAll("button")) b.disabled = true;
      says.textContent = "";
      delete says.dataset.done;
      acts[button.dataset.act!]!()
        .catch(() => panel.tell("trouble"))
        .finally(() => {
          for (const b of form.querySelectorAll("button")) b.disabled = false;
          says.dataset.done = button.dataset.act!;
        });
    });

  // A passenger's own page has one ticket and its own address.
  const at = () => form.dataset.at ?? `/gate/face/enrol?ticket=${encodeURIComponent(ticket.value.trim())}`;
  const given = (yes: boolean) => {
    if (form.dataset.at) form.querySelector<HTMLElement>("[data-act=withdraw]")!.hidden = !yes;
  };

  // The photo of the card that lies on the reader, where a maker's program decodes it.
  const card = form.querySelector<HTMLButtonElement>("[data-act=card]");
  let photo: Blob | undefined;
  const lies = (data?: string) => {
    const [head, bytes] = (data ?? "").split(";base64,");
    photo = bytes ? new Blob([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], { type: head!.slice("data:".length) }) : undefined;
    if (card) card.hidden = !photo;
  };
  if (card) {
    devices()?.on("card", (c) => lies(c.photo));
    devices()?.on("card-gone", () => lies());
  }
  acts.card = async () => {
    if (photo) await give(await panel.still(photo));
  };

  async function enrol(): Promise<void> {
    await give(await panel.take(5, turn.checked));
  }

  async function give(got: Gathered): Promise<void> {
    if (!got.template) return panel.tell(got.why || "none");
    const who = new FormData(form).get("who");
    const answer = await fetch(at(), {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ model: modelID, template: encode(got.template), consent: { who, notice: form.dataset.notice, counts: new FormData(form).has("counts") } }),
    });
    if (answer.ok) panel.tell("enrolled"), given(true);
    await problem(answer);
  }

  async function withdraw(): Promise<void> {
    const answer = await fetch(at(), { method: "DELETE" });
    if (answer.ok) panel.tell("withdrawn"), given(false);
    await problem(answer);
  }

  async function verify(): Promise<void> {
    const v = await panel.verify(ticket.value.trim(), turn.checked);
    says.dataset.verdict = JSON.stringify(v);
    says.textContent = (document.documentElement.lang.startsWith("en") ? v.en : v.zh) + (v.claimed === undefined ? "" : ` (${v.claimed} / ${v.nearest})`);
  }

  async function problem(answer: Response): Promise<void> {
    const kept = document.getElementById("face-kept");
    const now = answer.headers.get("X-Faces");
    if (kept && now) kept.textContent = kept.textContent!.replace(/\d+/, now);
    if (!answer.ok) says.textContent = ((await answer.json()) as { say: string }).say;
  }
}
