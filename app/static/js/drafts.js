// Drafts: what is typed and not saved stays in this browser for a day, sealed with a key that the server gives to
// whoever typed it and to nobody else. Without a secure connection a browser seals nothing, and nothing is kept.

const DATABASE = "drafts";
const STORE = "sealed";
const DAY = 24 * 60 * 60 * 1000;

/** Whether this browser can seal what it keeps. */
export const canKeep = () => Boolean(window.indexedDB && window.crypto?.subtle);

function outcome(request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
}

/** Do `work(store)` in a transaction of its own; the connection is not kept, so that signing out can wipe all of it. */
async function inStore(mode, work) {
  const opening = window.indexedDB.open(DATABASE, 1);
  opening.addEventListener("upgradeneeded", () => opening.result.createObjectStore(STORE, { keyPath: "id" }));
  const database = await outcome(opening);
  try {
    return await outcome(work(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

const bytesOf = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));

/** The drafts of one form: `name` is what the server calls the form for this person, `keys` are `day:key`, newest first. */
export class Drafts {
  constructor(name, keys) {
    this.name = name;
    this.keys = new Map(keys.split(" ").map((each) => each.split(":")));
  }

  #method(iv) {
    return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(this.name) };
  }

  #key(day) {
    return window.crypto.subtle.importKey("raw", bytesOf(this.keys.get(day)), "AES-GCM", false, ["encrypt", "decrypt"]);
  }

  /** A name for one more draft of this form. */
  newId() {
    return `${this.name} ${window.crypto.randomUUID()}`;
  }

  async put(id, content) {
    const [day] = this.keys.keys();
    const iv = window.crypto.getRandomValues(new Uint8Array(12));
    const plain = new TextEncoder().encode(JSON.stringify(content));
    const sealed = await window.crypto.subtle.encrypt(this.#method(iv), await this.#key(day), plain);
    await inStore("readwrite", (store) => store.put({ id, day, at: Date.now(), iv, sealed }));
  }

  drop(id) {
    return inStore("readwrite", (store) => store.delete(id));
  }

  /** All drafts of this form that this person can open, newest first; what is older than a day goes, whose ever it is. */
  async all() {
    const entries = await inStore("readonly", (store) => store.getAll());
    const old = entries.filter((each) => each.at < Date.now() - DAY);
    for (const each of old) await this.drop(each.id);
    const own = entries.filter((each) => !old.includes(each) && each.id.startsWith(`${this.name} `) && this.keys.has(each.day));
    const opened = await Promise.all(own.map((each) => this.#open(each)));
    return opened.filter(Boolean).sort((one, other) => other.at - one.at);
  }

  async #open({ id, day, at, iv, sealed }) {
    try {
      const plain = await window.crypto.subtle.decrypt(this.#method(iv), await this.#key(day), sealed);
      return { id, at, content: JSON.parse(new TextDecoder().decode(plain)) };
    } catch {
      return null; // Sealed under another secret: nobody can open it any more.
    }
  }
}
