// The camera as a scanner of codes: what it reads is checked as if it were typed. The
// same code is read once while it stays in the picture. Pictures stay in this page.

const widthMax = 960; // of the picture that is searched: enough for a phone's screen an arm away
const pauseMs = 40; // between two looks, so that the page stays quick
const goneMs = 3000; // a code that was out of the picture for so long is another showing
const kept = "gate-camera"; // which camera, where it is on

type Reader = typeof import("../codes");

interface Lens {
  stream: MediaStream;
  stop(): void;
}

/** Puts the camera's button and window to work. check gets each code once. */
export function camera(check: (text: string) => void): void {
  const box = document.getElementById("camera");
  const button = document.getElementById("camera-on") as HTMLButtonElement | null;
  if (!box || !button || !navigator.mediaDevices?.getUserMedia) return;
  button.hidden = false;
  const video = box.querySelector("video")!;
  const which = box.querySelector("select")!;
  const light = box.querySelector<HTMLButtonElement>("[data-light-on]")!;
  const say = box.querySelector<HTMLElement>("[role=status]")!;
  let lens: Lens | undefined;

  const stop = (): void => {
    lens?.stop();
    lens = undefined;
    box.hidden = true;
    button.setAttribute("aria-pressed", "false");
    localStorage.removeItem(kept);
  };
  const begin = async (device: string): Promise<void> => {
    lens?.stop();
    lens = undefined;
    box.hidden = false;
    button.setAttribute("aria-pressed", "true");
    say.textContent = box.dataset.wait!;
    try {
      const reader = await library(box.dataset.codes!, box.dataset.wasm!);
      const stream = await navigator.mediaDevices.getUserMedia({ video: device ? { deviceId: { exact: device } } : { facingMode: "environment", width: { ideal: 1280 } }, audio: false });
      video.srcObject = stream;
      await video.play();
      localStorage.setItem(kept, device || "any");
      say.textContent = box.dataset.aim!;
      lens = look(video, stream, reader, box, check);
      await choices(which, stream);
      torch(light, stream);
    } catch (fault) {
      say.textContent = why(box, fault);
    }
  };
  button.addEventListener("click", () => (lens ? stop() : void begin("")));
  box.querySelector("[data-close]")!.addEventListener("click", stop);
  which.addEventListener("change", () => void begin(which.value));
  const before = localStorage.getItem(kept);
  if (before) void begin(before === "any" ? "" : before);
}

let loaded: Promise<Reader> | undefined;

/** The library is fetched the first time; when that fails, again the next time. */
function library(script: string, wasm: string): Promise<Reader> {
  loaded ??= (async () => {
    const reader = (await import(script)) as Reader;
    await reader.load(wasm);
    return reader;
  })().catch((fault: unknown) => {
    loaded = undefined;
    throw fault;
  });
  return loaded;
}

/** Looks again and again until it is stopped. */
function look(video: HTMLVideoElement, stream: MediaStream, reader: Reader, box: HTMLElement, check: (text: string) => void): Lens {
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true })!;
  const took: number[] = [];
  let on = true;
  let last = "";
  let seen = 0;
  const once = async (): Promise<void> => {
    if (!on) return;
    const began = performance.now();
    if (video.videoWidth && !document.querySelector("dialog[open]")) {
      const scale = Math.min(1, widthMax / video.videoWidth);
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      pen.drawImage(video, 0, 0, canvas.width, canvas.height);
      const text = await reader.read(pen.getImageData(0, 0, canvas.width, canvas.height)).catch(() => "");
      const now = performance.now();
      if (text) {
        took.push(now - began);
        if (took.length > 100) took.shift();
        box.dataset.median = String(Math.round([...took].sort((a, b) => a - b)[took.length >> 1]!)); // for whoever measures
        const again = text === last && now - seen < goneMs;
        last = text;
        seen = now;
        box.classList.toggle("seen", true);
        if (!again && on) check(text);
      } else {
        box.classList.toggle("seen", false);
      }
    }
    setTimeout(() => void once(), pauseMs);
  };
  void once();
  for (const track of stream.getVideoTracks()) {
    track.addEventListener("ended", () => {
      if (on) box.querySelector("[role=status]")!.textContent = box.dataset.lost!;
    });
  }
  return {
    stream,
    stop(): void {
      on = false;
      for (const track of stream.getTracks()) track.stop();
      video.srcObject = null;
    },
  };
}

/** Which cameras there are; nothing to choose where there is one. */
async function choices(which: HTMLSelectElement, stream: MediaStream): Promise<void> {
  const all = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === "videoinput");
  const here = stream.getVideoTracks()[0]?.getSettings().deviceId;
  which.replaceChildren(...all.map((d, i) => new Option(d.label || `${i + 1}`, d.deviceId, false, d.deviceId === here)));
  which.hidden = all.length < 2;
}

/** A lamp, where the camera has one. */
function torch(button: HTMLButtonElement, stream: MediaStream): void {
  const track = stream.getVideoTracks()[0];
  const can = track?.getCapabilities?.() as { torch?: boolean } | undefined;
  button.hidden = !can?.torch;
  let on = false;
  button.onclick = () => {
    on = !on;
    button.setAttribute("aria-pressed", String(on));
    track?.applyConstraints({ advanced: [{ torch: on } as MediaTrackConstraintSet] }).catch(() => (button.hidden = true));
  };
}

/** What to tell a person about a camera that does not come on. */
function why(box: HTMLElement, fault: unknown): string {
  const name = fault instanceof DOMException ? fault.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return box.dataset.denied!;
  if (name === "NotFoundError" || name === "OverconstrainedError") return box.dataset.none!;
  if (name === "NotReadableError" || name === "AbortError") return box.dataset.busy!;
  return box.dataset.failed!;
}
