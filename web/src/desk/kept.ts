// What a staff machine keeps for the hour in which the node does not answer: the
// emergency manifests of the coaches with people aboard, so that a page which is loaded
// anew, or a machine that was switched on again, still has them. docs/decisions/0046 says
// why and what of them:
//
// - sealed with AES-256-GCM under a key that this browser made and that no script can
//   read out of it; every list has a key of its own, and its predecessor's is deleted;
// - without documents: a rescuer needs names, seats, telephones and children;
// - each until an hour after its coach's last stop and never longer than the rule says;
// - deleted when somebody signs out, may not see manifests any more, or presses "delete".
//
// Where the page is not a secure context there is no cryptography, and nothing is kept.

export interface Rider {
  seat?: number;
  trip?: number;
  name: string;
  document?: string;
  phone?: string;
  from: string;
  to: string;
  children?: number;
  child?: boolean;
  off?: boolean;
}

export interface Manifest {
  id: string;
  number: string;
  line: string;
  departs: string;
  plate: string;
  drivers: string;
  made: string; // by the node's clock: "2026-11-22 08:05:00"
  aboard: number;
  free: number;
  waiting: number;
  seal: string;
  lasts: number; // seconds a copy is good for; 0: none may be kept
  riders: Rider[];
}

/** A look at a copy that the node does not know of yet. */
export interface Untold {
  once: string;
  action: string; // address that hears of it
  read: number; // ms
}

interface Sealed {
  id: string;
  until: number; // ms, by this machine's clock
  iv: Uint8Array<ArrayBuffer>;
  text: ArrayBuffer;
}

const name = "chepiao-emergency";
const kind = "AES-GCM";

let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  return (opened ??= new Promise((done, failed) => {
    const asking = indexedDB.open(name, 1);
    asking.onupgradeneeded = () => {
      asking.result.createObjectStore("copies", { keyPath: "id" });
      asking.result.createObjectStore("key");
      asking.result.createObjectStore("untold", { keyPath: "once" });
    };
    asking.onsuccess = () => done(asking.result);
    asking.onerror = () => failed(asking.error);
  }));
}

type Stores = (store: string) => IDBObjectStore;

/** One transaction over all that is kept: all of it is done, or nothing. */
async function work<T>(mode: IDBTransactionMode, does: (of: Stores) => IDBRequest<T> | void): Promise<T> {
  const db = await database();
  return new Promise((done, failed) => {
    const tx = db.transaction(["copies", "key", "untold"], mode, { durability: "strict" });
    const asked = does((store) => tx.objectStore(store));
    tx.oncomplete = () => done(asked?.result as T);
    tx.onabort = tx.onerror = () => failed(tx.error);
  });
}

/** Whether this page may keep anything at all. */
export const able = (): boolean => globalThis.isSecureContext && "indexedDB" in globalThis && !!globalThis.crypto?.subtle;

/** Keeps these and nothing else: those before them, and their key, are deleted. */
export async function keepAll(list: Manifest[]): Promise<number> {
  const good = list.filter((m) => m.lasts > 0);
  if (!good.length) return drop().then(() => 0);
  const key = await crypto.subtle.generateKey({ name: kind, length: 256 }, false, ["encrypt", "decrypt"]);
  const sealed = await Promise.all(good.map((m) => seal(key, m)));
  await work("readwrite", (of) => {
    of("copies").clear();
    of("key").put(key, "key");
    for (const s of sealed) of("copies").put(s);
  });
  return sealed.length;
}

async function seal(key: CryptoKey, m: Manifest): Promise<Sealed> {
  const riders = m.riders.map(({ document: _, ...rest }) => rest);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const text = await crypto.subtle.encrypt({ name: kind, iv, additionalData: bytes(m.id) }, key, bytes(JSON.stringify({ ...m, riders })));
  return { id: m.id, until: Date.now() + m.lasts * 1000, iv, text };
}

const bytes = (s: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(s);

/** The copies that are still good, the soonest departure first. */
export async function keptAll(): Promise<Manifest[]> {
  await sweep();
  const key = await work<CryptoKey | undefined>("readonly", (of) => of("key").get("key"));
  if (!key) return [];
  const sealed = await work<Sealed[]>("readonly", (of) => of("copies").getAll());
  const opened = sealed.map(async ({ id, iv, text }) => JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: kind, iv, additionalData: bytes(id) }, key, text))) as Manifest);
  const list = (await Promise.allSettled(opened)).flatMap((o) => (o.status === "fulfilled" ? [o.value] : []));
  return list.sort((a, b) => a.departs.localeCompare(b.departs) || a.id.localeCompare(b.id));
}

/** Deletes what has lasted its time, and the key with the last of it. */
export async function sweep(): Promise<void> {
  const all = await work<Sealed[]>("readonly", (of) => of("copies").getAll());
  const old = all.filter((s) => Date.now() >= s.until);
  if (!old.length) return;
  await work("readwrite", (of) => {
    for (const s of old) of("copies").delete(s.id);
    if (old.length === all.length) of("key").clear();
  });
}

/** Deletes all copies and their key. What was read and is not told yet stays: it names nobody. */
export async function drop(): Promise<void> {
  await work("readwrite", (of) => {
    of("key").clear();
    of("copies").clear();
  });
}

export const untold = (): Promise<Untold[]> => work("readonly", (of) => of("untold").getAll());
export const noteLook = (u: Untold) => work("readwrite", (of) => of("untold").put(u));
export const told = (u: Untold) => work("readwrite", (of) => of("untold").delete(u.once));
