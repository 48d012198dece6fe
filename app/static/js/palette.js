// The palette: one dialog with one field, from which every record, page and command is a few keys away.
// An ARIA combobox whose listbox has groups. What an input method is still composing is never searched for.

import { handle, showHelp } from "./shortcuts.js";
import { csrfToken, word } from "./words.js";

const PAUSE = 120;

class Palette {
  constructor(dialog) {
    this.dialog = dialog;
    this.input = dialog.querySelector("[role=combobox]");
    this.list = dialog.querySelector("[role=listbox]");
    this.note = dialog.querySelector("[role=status]");
    this.icons = dialog.querySelector("template").content.querySelector("use").getAttribute("href").split("#")[0];
    this.items = [];
    this.at = -1;
    this.input.addEventListener("input", (event) => { if (!event.isComposing) this.typed(); });
    this.input.addEventListener("compositionend", () => this.typed());
    dialog.addEventListener("keydown", (event) => this.key(event));
    dialog.addEventListener("cancel", (event) => {
      if (this.composing) event.preventDefault();
      // A browser leaves the cursor in a field that is gone until it draws anew; the next key belongs to the page.
      else this.input.blur();
    });
    this.input.addEventListener("compositionstart", () => { this.composing = true; });
    this.input.addEventListener("compositionend", () => { this.composing = false; });
    dialog.addEventListener("close", () => this.stop());
    dialog.addEventListener("click", (event) => this.clicked(event));
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("auxclick", (event) => { if (event.button === 1) this.clicked(event, true); });
    dialog.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
  }

  open(text = "") {
    if (this.dialog.open) return;
    this.input.value = text;
    this.isMore = false;
    this.waiting = true;
    this.show([]);
    this.dialog.showModal();
    this.input.focus();
    this.search();
  }

  stop() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.waiting = this.chosen = null;
  }

  typed() {
    // An answer to what stood here before must not be taken for this one's.
    this.request?.abort();
    clearTimeout(this.timer);
    this.chosen = null;
    this.waiting = true;
    this.isMore = false;
    this.timer = setTimeout(() => this.search(), PAUSE);
  }

  async search() {
    this.request?.abort();
    const request = this.request = new AbortController();
    this.waiting = true;
    const slow = setTimeout(() => this.say(word("loading")), 400);
    try {
      const answer = await fetch(this.dialog.dataset.palette, {
        method: "POST",
        body: new URLSearchParams({ q: this.input.value }),
        headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
        signal: request.signal,
      });
      if (answer.status === 401) throw new Error(word("signedOut"));
      if (!answer.ok) throw new Error((await answer.json()).detail || word("failed"));
      this.answered((await answer.json()).groups);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.waiting = this.chosen = null;
      this.show([]);
      this.say(problem instanceof TypeError ? word("failed") : problem.message);
    } finally {
      clearTimeout(slow);
    }
  }

  answered(groups) {
    if (!this.dialog.open) return;
    this.waiting = false;
    this.groups = groups;
    this.show(groups);
    if (this.chosen) { const { newTab } = this.chosen; this.chosen = null; this.choose(this.items[this.at], newTab); }
  }

  // --- What is shown ------------------------------------------------------------------------------

  show(groups) {
    this.items = [];
    this.list.replaceChildren(...groups.map((group, number) => this.group(group, number)));
    const some = this.items.length > 0;
    this.list.hidden = !some;
    this.input.setAttribute("aria-expanded", String(some));
    this.at = -1;
    this.mark(some ? 0 : -1);
    this.list.scrollTop = 0;
    const { found, none } = this.dialog.dataset;
    if (some) this.say(found.replace("#", String(this.items.length)));
    else this.say(this.waiting === false ? none : "");
  }

  say(text) {
    this.note.textContent = text;
  }

  group(group, number) {
    const box = document.createElement("div");
    box.setAttribute("role", "group");
    const title = document.createElement("div");
    title.className = "palette-group";
    title.id = `palette-group-${number}`;
    title.textContent = group.label;
    title.setAttribute("role", "presentation");
    box.setAttribute("aria-labelledby", title.id);
    box.append(title, ...group.items.map((item) => this.option(item)));
    return box;
  }

  option(item) {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.id = `palette-option-${this.items.length}`;
    option.dataset.at = String(this.items.length);
    option.append(this.icon(item.icon ?? "chevron-right"));
    option.append(Object.assign(document.createElement("b"), { textContent: item.title }));
    if (item.note) option.append(Object.assign(document.createElement("small"), { textContent: item.note }));
    if (item.keys && document.documentElement.dataset.letters !== "off") option.append(keycaps(item.keys));
    if (item.more?.length > 1) option.append(this.icon("chevron-right", "has-more"));
    this.items.push({ ...item, option });
    return option;
  }

  icon(name, extra = "") {
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("class", `icon ${extra}`);
    icon.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${this.icons}#${name}`);
    icon.append(use);
    return icon;
  }

  mark(to) {
    this.items[this.at]?.option.removeAttribute("aria-selected");
    this.at = to;
    const option = this.items[to]?.option;
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", option.id);
    } else this.input.removeAttribute("aria-activedescendant");
  }

  // --- Keys and clicks ----------------------------------------------------------------------------

  key(event) {
    // Enter that ends a composition says so by 229 where the browser has already ended it.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.target !== this.input) return;
    const last = this.items.length - 1;
    const atEnd = this.input.selectionStart === this.input.value.length;
    if (event.key === "ArrowDown") this.mark(this.at >= last ? 0 : this.at + 1);
    else if (event.key === "ArrowUp") this.mark(this.at <= 0 ? last : this.at - 1);
    else if (event.key === "PageDown") this.mark(Math.min(last, this.at + 8));
    else if (event.key === "PageUp") this.mark(Math.max(Math.min(0, last), this.at - 8));
    else if (event.key === "Enter") this.enter(event.ctrlKey || event.metaKey);
    else if (event.key === "ArrowRight" && atEnd && this.items[this.at]?.more?.length > 1) this.showMore(this.items[this.at]);
    else if ((event.key === "ArrowLeft" || event.key === "Escape") && this.isMore) this.showLess();
    else return;
    event.preventDefault();
  }

  enter(newTab) {
    // What was typed last may not be answered yet: then the answer's first item is meant, not the old one.
    if (this.waiting) this.chosen = { newTab };
    else this.choose(this.items[this.at], newTab);
  }

  clicked(event, newTab = event.ctrlKey || event.metaKey) {
    if (event.target === this.dialog || event.target.closest("[data-close]")) { this.dialog.close(); return; }
    const option = event.target.closest("[role=option]");
    if (!option) return;
    const item = this.items[Number(option.dataset.at)];
    if (event.target.closest(".has-more")) this.showMore(item);
    else this.choose(item, newTab);
  }

  showMore(item) {
    this.isMore = true;
    this.show([{ label: item.title, items: item.more }]);
  }

  showLess() {
    this.isMore = false;
    this.show(this.groups);
  }

  choose(item, newTab) {
    if (!item) return;
    this.isMore = false;
    if (newTab && item.url) { window.open(item.url, "_blank", "noopener"); return; }
    this.dialog.close();
    if (item.run === "help") showHelp();
    else if (item.post) post(...item.post);
    else follow(item.url);
  }
}

function keycaps(keys) {
  const caps = document.createElement("span");
  caps.className = "palette-keycaps";
  caps.setAttribute("aria-hidden", "true");
  caps.append(...keys.split(" ").map((key) => Object.assign(document.createElement("kbd"), { textContent: key })));
  return caps;
}

/** Go to a page as if its link had been clicked, so that a form with something unsaved in it can ask first. */
function follow(url) {
  const link = document.createElement("a");
  link.href = url;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
}

/** Press a button of the page's own form of switches. */
function post(action, name, value) {
  const button = document.createElement("button");
  button.setAttribute("form", "post");
  button.setAttribute("formaction", action);
  button.hidden = true;
  if (name) Object.assign(button, { name, value });
  document.body.append(button);
  button.click();
  button.remove();
}

/** Wire the palette to its keys, the search field and the phone's bar. */
export function startPalette() {
  const dialog = document.getElementById("palette");
  if (!dialog?.showModal) return;
  const palette = new Palette(dialog);
  handle("palette", () => palette.open());
  for (const opener of document.querySelectorAll("[data-open-palette]")) {
    opener.addEventListener("click", (event) => {
      event.preventDefault();
      palette.open(opener.value ?? "");
    });
  }
}
