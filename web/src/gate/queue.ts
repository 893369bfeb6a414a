// What a gate must not lose: passages that it decided alone, until the node has
// them, and its list. Both lie in IndexedDB, so they survive a crash and a reload.
// A passage is written with strict durability before the screen turns green: a
// gate that cannot write refuses in clear words, and loses nobody.

export interface Passage {
  seq?: number; // the gate's own count, by which they are told in order
  id: string;
  ticket: string;
  at: number; // ms, by the node's clock
  place: string;
  gate: string;
  device: string;
  method: string;
  seen: string;
  override: string;
  overrode: string; // the reason that the override set aside
  confirmed: boolean;
  told?: number; // when the node took it down; kept until a newer list knows of it
}

export interface Kept {
  key: string; // the gate's address: station and gate
  tag: string;
  list: ArrayBuffer;
  offset: number; // ms that the node's clock is before this machine's
  at: number; // by this machine's clock, when it was fetched or found unchanged
  override?: number; // until when, by this machine's clock, who stands here may let passengers through; 0: may not
}

let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  return (opened ??= new Promise((done, failed) => {
    const asking = indexedDB.open("chepiao-gate", 1);
    asking.onupgradeneeded = () => {
      asking.result.createObjectStore("passages", { keyPath: "seq", autoIncrement: true }).createIndex("ticket", "ticket");
      asking.result.createObjectStore("lists", { keyPath: "key" });
    };
    asking.onsuccess = () => done(asking.result);
    asking.onerror = () => failed(asking.error);
  }));
}

async function work<T>(store: string, mode: IDBTransactionMode, does: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await database();
  return new Promise((done, failed) => {
    const tx = db.transaction(store, mode, { durability: "strict" });
    const asked = does(tx.objectStore(store));
    tx.oncomplete = () => done(asked.result);
    tx.onabort = tx.onerror = () => failed(tx.error);
  });
}

/** Writes passages down, all or none; resolves with their counts once they are on the disk. */
export async function remember(all: Passage[]): Promise<number[]> {
  const db = await database();
  return new Promise((done, failed) => {
    const tx = db.transaction("passages", "readwrite", { durability: "strict" });
    const asked = all.map((p) => tx.objectStore("passages").add(p));
    tx.oncomplete = () => done(asked.map((a) => a.result as number));
    tx.onabort = tx.onerror = () => failed(tx.error);
  });
}
export const passages = (): Promise<Passage[]> => work("passages", "readonly", (s) => s.getAll());
export const change = (p: Passage) => work("passages", "readwrite", (s) => s.put(p));
export const forget = (seq: number) => work("passages", "readwrite", (s) => s.delete(seq));
export const keepList = (k: Kept) => work("lists", "readwrite", (s) => s.put(k));
export const keptList = (key: string): Promise<Kept | undefined> => work("lists", "readonly", (s) => s.get(key));
