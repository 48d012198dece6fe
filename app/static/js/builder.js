// The filter builder: opens in a sheet above the list; every step is answered by the server with the form anew.

import { startPickers } from "./picker.js";
import { word } from "./words.js";

const PAUSE = 350;
const HEADERS = { "X-Requested-With": "fetch" };

// What a browser says of an input, as far as a person can have changed it.
const state = (input) => (input.type === "checkbox" ? input.checked : input.value);

class Builder {
  constructor(form) {
    this.reshaping = 0;
    this.turn = Promise.resolve();
    this.take(form);
  }

  take(form) {
    this.form = form;
    startPickers(form);
    form.addEventListener("submit", (event) => this.submitted(event));
    form.addEventListener("change", (event) => this.changed(event));
    form.addEventListener("input", (event) => { if (!event.target.matches("select")) this.soon(); });
  }

  submitted(event) {
    event.preventDefault();
    const step = event.submitter?.name === "do" ? event.submitter.value : "";
    // Places move with every step: a second click would mean another condition.
    if (step && this.reshaping) return;
    this.reshape(step, step ? "anew" : "apply");
  }

  changed(event) {
    if (event.target.matches("[data-reshape]")) this.reshape("show", "anew");
    else this.soon();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => { if (!this.reshaping) this.ask("show", "words"); }, PAUSE);
  }

  /** Ask for the form anew, one step after the other. */
  reshape(step, wanted) {
    clearTimeout(this.timer);
    this.reshaping += 1;
    this.turn = this.turn.then(() => this.ask(step, wanted)).finally(() => { this.reshaping -= 1; });
  }

  async ask(step, wanted) {
    this.words?.abort();
    const stop = new AbortController();
    if (wanted === "words") this.words = stop;
    const body = new FormData(this.form);
    const sent = new Map([...this.form.elements].filter((input) => input.name).map((input) => [input.id, state(input)]));
    if (step) body.set("do", step);
    if (wanted === "apply") this.form.querySelector("[data-apply]").disabled = true;
    try {
      const answer = await fetch(this.form.action, { method: "POST", body, headers: HEADERS, signal: stop.signal });
      const goal = answer.headers.get("X-Go-To");
      if (goal) { window.location.assign(goal); return; }
      if (answer.redirected) throw new Error(word("signedOut"));
      if (!answer.ok) throw new Error(word("failed"));
      this.show(await answer.text(), wanted, step, sent);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.tell(problem instanceof TypeError ? word("failed") : problem.message);
    }
  }

  show(text, wanted, step, sent) {
    const form = new DOMParser().parseFromString(text, "text/html").querySelector("[data-builder-form]");
    if (!form) throw new Error(word("signedOut"));
    if (wanted === "words") {
      this.form.querySelector("[data-words]").replaceWith(form.querySelector("[data-words]"));
      return;
    }
    const before = document.activeElement?.id;
    const scroll = this.form.querySelector(".w-body").scrollTop;
    if (step === "show") this.keepTyped(form, sent);
    this.form.replaceWith(form);
    this.take(form);
    form.querySelector(".w-body").scrollTop = scroll;
    this.focus(form, before, wanted, step);
  }

  /** What was typed while the answer was on its way stays. */
  keepTyped(form, sent) {
    for (const input of this.form.elements) {
      if (!input.id || !sent.has(input.id) || sent.get(input.id) === state(input)) continue;
      const same = form.querySelector(`#${CSS.escape(input.id)}`);
      if (!same || same.type !== input.type) continue;
      if (input.type === "checkbox") same.checked = input.checked;
      else same.value = input.value;
      this.soon();
    }
  }

  focus(form, before, wanted, step) {
    const wrong = wanted === "apply" && form.querySelector("[aria-invalid]");
    const fresh = /^(add|group|relate|drop):/.test(step) && form.querySelector("[data-focus-here] :is(select, input)");
    const same = before && document.getElementById(before);
    (wrong || fresh || same || form.querySelector("select, input:not([type=hidden])"))?.focus();
  }

  tell(message) {
    this.form.querySelector("[data-apply]").disabled = false;
    this.form.querySelector("[data-words]").textContent = message;
  }
}

function sheet() {
  let dialog = document.querySelector("dialog.builder-sheet");
  if (!dialog) {
    dialog = document.createElement("dialog");
    dialog.className = "builder-sheet";
    document.body.append(dialog);
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-cancel]")) { event.preventDefault(); dialog.close(); }
    });
  }
  return dialog;
}

async function open(link) {
  const dialog = sheet();
  try {
    const answer = await fetch(link.href, { headers: HEADERS });
    const form = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-builder-form]");
    if (!answer.ok || !form) throw new Error();
    const title = document.createElement("h2");
    title.id = "builder-title";
    title.textContent = form.dataset.title;
    dialog.setAttribute("aria-labelledby", title.id);
    dialog.replaceChildren(title, form);
    dialog.showModal();
    new Builder(form);
    (form.querySelector("select.w-field") ?? form.querySelector("select")).focus();
  } catch {
    window.location.assign(link.href);
  }
}

/** Wire the links that open the builder, and the builder on a page of its own. */
export function startBuilder() {
  for (const link of document.querySelectorAll("[data-builder]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      open(link);
    });
  }
  const form = document.querySelector("[data-builder-form]");
  if (form) new Builder(form);
}
