// Pickers: type, choose from what the server suggests, keep tokens in hidden inputs. An ARIA combobox with a listbox.

import { word } from "./words.js";

const PAUSE = 180;
const pickers = new WeakMap();

class Picker {
  constructor(box) {
    this.box = box;
    this.input = box.querySelector("[role=combobox]");
    this.list = box.querySelector("[role=listbox]");
    this.many = "multiple" in box.dataset;
    this.kept = this.many ? null : box.querySelector("input[type=hidden]");
    this.title = this.input.value;
    this.at = -1;
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("focus", () => { if (!this.many) this.input.select(); });
    this.input.addEventListener("click", () => { if (this.list.hidden) this.search(); });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.leave(), 120));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.choose(event.target.closest("[role=option]")));
    box.addEventListener("click", (event) => this.clicked(event));
    box.addEventListener("picker:put", (event) => this.put(event.detail));
    this.adding = box.parentElement.querySelector(":scope > [data-add]");
    this.adding?.addEventListener("blur", () => setTimeout(() => this.leave(), 120));
    this.dropped = { text: "", at: -Infinity };
    pickers.set(box, this);
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.search(), PAUSE);
  }

  async search() {
    this.request?.abort();
    this.request = new AbortController();
    const query = !this.many && this.input.value === this.title ? "" : this.input.value.trim();
    const url = `${this.box.dataset.pick}?q=${encodeURIComponent(query)}`;
    const slow = setTimeout(() => this.tell(word("loading")), 300);
    try {
      const answer = await fetch(url, { signal: this.request.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error();
      this.show((await answer.json()).items);
    } catch (problem) {
      if (problem.name !== "AbortError") this.tell(word("failed"));
    } finally {
      clearTimeout(slow);
    }
  }

  tell(text) {
    const line = document.createElement("p");
    line.textContent = text;
    // A listbox may hold options only, so the line stands in for one that can't be chosen.
    line.setAttribute("role", "option");
    line.setAttribute("aria-disabled", "true");
    this.list.replaceChildren(line);
    this.open(true);
  }

  show(items) {
    if (document.activeElement !== this.input) return;
    const chosen = this.many ? new Set([...this.box.querySelectorAll("input[type=hidden]")].map((each) => each.value)) : new Set();
    const options = items.filter((item) => !chosen.has(item.token)).map((item, index) => this.option(item, index));
    if (!options.length) { this.tell(word("nothing")); return; }
    this.list.replaceChildren(...options);
    this.open(true);
    this.mark(this.input.value.trim() && this.input.value !== this.title ? 0 : -1);
  }

  option(item, index) {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.id = `${this.list.id}-${index}`;
    option.dataset.token = item.token;
    option.dataset.title = item.title;
    option.append(item.title);
    if (item.note) {
      const note = document.createElement("small");
      note.textContent = item.note;
      option.append(note);
    }
    return option;
  }

  open(shown) {
    this.list.hidden = !shown;
    this.input.setAttribute("aria-expanded", String(shown));
    if (shown) this.list.scrollIntoView({ block: "nearest" });
    else this.mark(-1);
  }

  mark(to) {
    const options = this.list.querySelectorAll("[data-token]");
    options[this.at]?.removeAttribute("aria-selected");
    this.at = options.length ? Math.max(-1, Math.min(options.length - 1, to)) : -1;
    const option = options[this.at];
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    } else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    const shown = !this.list.hidden;
    if (event.isComposing) return;
    if (event.key === "ArrowDown") { if (shown) this.mark(this.at + 1); else this.search(); }
    else if (event.key === "ArrowUp" && shown) this.mark(this.at - 1);
    else if (event.key === "Enter" && shown && this.at >= 0) this.choose(this.list.querySelectorAll("[data-token]")[this.at]);
    else if (event.key === "Escape" && shown) this.open(false);
    else if (event.key === "Backspace" && this.many && !this.input.value) { this.drop([...this.box.querySelectorAll(".picked")].at(-1)); return; }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  choose(option) {
    if (option?.dataset.token) this.take(option.dataset.token, option.dataset.title);
  }

  take(token, title) {
    if (this.many) this.add(token, title);
    else this.set(token, title);
    this.open(false);
    this.changed();
  }

  set(token, title) {
    this.kept.value = token;
    this.title = title;
    this.input.value = title;
    const clear = this.box.querySelector("[data-clear]");
    if (clear) clear.hidden = !token;
  }

  /** Hold exactly these (token, title) pairs: a draft is put back. */
  put(pairs) {
    for (const picked of this.box.querySelectorAll(".picked")) picked.remove();
    if (!this.many) this.set(...(pairs[0] ?? ["", ""]));
    else for (const [token, title] of pairs) this.add(token, title);
  }

  add(token, title) {
    const picked = document.createElement("span");
    picked.className = "picked";
    const hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name: this.box.dataset.name, value: token });
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: "×" });
    button.dataset.drop = "";
    button.setAttribute("aria-label", `${word("remove")} ${title}`);
    picked.append(hidden, title, button);
    this.input.before(picked);
    this.input.value = "";
  }

  drop(picked) {
    picked?.remove();
    this.changed();
  }

  clicked(event) {
    if (event.target.closest("[data-drop]")) { this.drop(event.target.closest(".picked")); this.input.focus(); }
    else if (event.target.closest("[data-clear]")) { this.set("", ""); this.changed(); this.input.focus(); }
  }

  leave() {
    if (document.activeElement === this.input) return;
    this.open(false);
    // What was typed stays while the person is about to add a record of that name.
    const next = document.activeElement;
    if (this.adding && (next === this.adding || next?.closest("[data-drawer]"))) return;
    this.dropped = { text: this.input.value, at: performance.now() };
    if (this.many) this.input.value = "";
    else if (!this.input.value.trim() && this.kept.value) { this.set("", ""); this.changed(); }
    else this.input.value = this.title;
  }

  changed() {
    this.box.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** Return what stands in a picker's input and is not chosen. */
export function typedIn(box) {
  const picker = pickers.get(box);
  // A finger's tap on the button lets go of the input before the button hears of it.
  const justDropped = performance.now() - picker.dropped.at < 1000 ? picker.dropped.text : "";
  const text = (picker.input.value === picker.title ? justDropped : picker.input.value).trim();
  return text === picker.title ? "" : text;
}

/** Choose the one record that is called exactly `text`; resolves to whether there is one. */
export async function takeText(box, text) {
  const picker = pickers.get(box);
  if (!text) { if (!picker.many) picker.take("", ""); return true; }
  try {
    const answer = await fetch(`${box.dataset.pick}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
    const found = (await answer.json()).items.filter((item) => item.title === text);
    if (found.length !== 1) return false;
    picker.take(found[0].token, found[0].title);
    return true;
  } catch {
    return false;
  }
}

/** Choose a record in the picker, as if it had been suggested. */
export function chooseIn(box, token, title) {
  pickers.get(box).take(token, title);
}

/** Wire a picker that came into the page later. */
export function startPicker(box) {
  new Picker(box);
}

/** Wire every picker of the page, or of a part of it that came later. */
export function startPickers(part = document) {
  for (const box of part.querySelectorAll("[data-pick]")) new Picker(box);
}
