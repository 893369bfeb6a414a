// The model as the page has it: in a worker, asked by messages.
import type { Addresses, Look, Model, Picture } from "./model";
import { modelID } from "./template";

export class Remote implements Model {
  readonly id = modelID;
  private readonly worker: Worker;
  private readonly open = new Map<number, { resolve(v: any): void; reject(e: Error): void }>();
  private no = 0;

  constructor(script: string) {
    this.worker = new Worker(script, { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<{ no: number; done?: unknown; fault?: string }>) => {
      const asked = this.open.get(data.no);
      this.open.delete(data.no);
      if (data.fault === undefined) asked?.resolve(data.done);
      else asked?.reject(new Error(data.fault));
    };
    this.worker.onerror = (e) => {
      for (const asked of this.open.values()) asked.reject(new Error(e.message || "the face worker has stopped"));
      this.open.clear();
    };
  }

  load(from: Addresses): Promise<void> {
    return this.ask({ load: from }, []);
  }

  /** The picture is given away: it is of no more use to the caller. */
  look(picture: Picture, describe: "never" | "facing" | "always"): Promise<Look> {
    return this.ask({ picture, describe }, [picture as unknown as Transferable]);
  }

  close(): void {
    this.worker.terminate();
  }

  private ask<T>(order: object, give: Transferable[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const no = ++this.no;
      this.open.set(no, { resolve, reject });
      this.worker.postMessage({ no, ...order }, give);
    });
  }
}
