// The camera, as frames. It is on only while somebody is being looked at.
import type { Frames } from "./gather";

export class Camera {
  private stream: MediaStream | undefined;

  constructor(private readonly video: HTMLVideoElement) {}

  get on(): boolean {
    return this.stream !== undefined;
  }

  async open(): Promise<void> {
    if (this.stream) return;
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "user", width: { ideal: 640 }, height: { ideal: 480 } } });
    this.video.srcObject = this.stream;
    this.video.muted = true;
    await this.video.play();
  }

  close(): void {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
    this.video.srcObject = null;
  }

  /** The next frame that the camera has made since the last one. */
  readonly next: Frames = async () => {
    if (!this.stream) return undefined;
    await new Promise<void>((seen) => {
      const late = setTimeout(seen, 500);
      this.video.requestVideoFrameCallback(() => (clearTimeout(late), seen()));
    });
    return this.stream ? createImageBitmap(this.video) : undefined;
  };
}
