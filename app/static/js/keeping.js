// Keeps what is typed into a record's form, and offers it when the form is opened again.

import { Drafts, canKeep } from "./drafts.js";
import { differences, fill, read } from "./typed.js";

const PAUSE = 400;
const LONGEST_SHOWN = 120;

/** Show the form's message called `name` and return it; it takes the place of the one before. */
export function note(form, name) {
  const region = form.querySelector("[data-draft-notes]");
  const shown = form.querySelector(`[data-draft-note="${name}"]`)?.content.firstElementChild.cloneNode(true);
  if (!region || !shown) return null;
  shown.dataset.note = name;
  region.replaceChildren(shown);
  return shown;
}

/** Take the form's message away, whichever it is. */
export function unsay(form) {
  form.querySelector("[data-draft-notes]")?.replaceChildren();
}

function timeOf(at) {
  const then = new Date(at);
  const isToday = then.toDateString() === new Date().toDateString();
  const form = { hour: "2-digit", minute: "2-digit", ...(isToday ? {} : { month: "numeric", day: "numeric" }) };
  return new Intl.DateTimeFormat(document.documentElement.lang, form).format(then);
}

const lockOf = (id) => `draft ${id}`;
const short = (text) => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);

function line({ label, typed }) {
  const pair = document.createElement("div");
  pair.append(Object.assign(document.createElement("dt"), { textContent: label }), Object.assign(document.createElement("dd"), { textContent: short(typed) || "—" }));
  return pair;
}

export class Keeper {
  #timer = 0;
  #writing = Promise.resolve();
  #ended = false;

  constructor(form, taken) {
    this.form = form;
    this.taken = taken;
    this.drafts = new Drafts(form.dataset.draft, form.dataset.draftKeys);
    this.id = this.drafts.newId();
    const typed = () => { clearTimeout(this.#timer); this.#timer = setTimeout(() => this.keep(), PAUSE); };
    form.addEventListener("input", typed);
    form.addEventListener("change", typed);
    window.addEventListener("pagehide", () => { if (this.#timer) this.keep(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden && this.#timer) this.keep(); });
  }

  /** Keep what stands in the form now; resolves when it is kept, and never fails: a full disk must not stop a save. */
  keep() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    if (this.#ended || !this.form.isConnected) return Promise.resolve();
    const content = read(this.form);
    // Put back, a choice between two versions is not there any more: it is to be asked again.
    if (this.form.querySelector(".conflict")) content.texts.row_version = [""];
    this.#hold();
    this.#writing = this.#writing.then(() => (this.#ended ? null : this.drafts.put(this.id, content))).catch(() => {});
    return this.#writing;
  }

  /** Forget what was typed: it is saved, or not wanted. */
  async drop() {
    clearTimeout(this.#timer);
    this.#ended = true;
    await this.#writing;
    await this.drafts.drop(this.id).catch(() => {});
  }

  /** Say to this person's other pages that the draft is at work here, as long as this page lives. */
  #hold() {
    if (this.held === this.id) return;
    this.held = this.id;
    navigator.locks?.request(lockOf(this.id), () => new Promise(() => {}));
  }

  /** Offer the newest draft that no other page works on. */
  async offer() {
    const found = await this.drafts.all().catch(() => []);
    const open = new Set((await navigator.locks?.query())?.held?.map((each) => each.name) ?? []);
    const draft = found.find((each) => !open.has(lockOf(each.id)) && (each.content.files || differences(this.form, each.content).length));
    if (!draft) return;
    const shown = note(this.form, "found");
    const when = shown.querySelector("[data-typed-at]");
    when.textContent = when.dataset.typedAt.replace("{}", timeOf(draft.at));
    shown.querySelector("[data-differs]").append(...differences(this.form, draft.content).map(line));
    shown.querySelector("[data-files]").hidden = !draft.content.files;
    shown.querySelector("[data-changed-since]").hidden = String(draft.content.texts.row_version) === String(read(this.form).texts.row_version);
    shown.querySelector("[data-take-up]").addEventListener("click", () => this.#takeUp(draft));
    shown.querySelector("[data-discard]").addEventListener("click", () => {
      this.drafts.drop(draft.id).catch(() => {});
      unsay(this.form);
      this.form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    });
  }

  #takeUp(draft) {
    this.id = draft.id;
    fill(this.form, draft.content);
    this.taken();
    const shown = note(this.form, "taken");
    if (shown) shown.querySelector("[data-files]").hidden = !draft.content.files;
    this.form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  }
}

/** Keep what is typed into `form` from now on; `taken()` is told when an earlier draft was put back into it. */
export function startKeeping(form, taken) {
  if (!form.dataset.draft || !canKeep()) return null;
  const keeper = new Keeper(form, taken);
  if (!("dirty" in form.dataset)) keeper.offer();
  else keeper.keep();
  return keeper;
}
