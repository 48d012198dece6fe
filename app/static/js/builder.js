// The filter builder: opens in a sheet above the list; every step is answered by the server with the form anew.

import { startPickers } from "./picker.js";
import { word } from "./words.js";

const PAUSE = 350;
const HEADERS = { "X-Requested-With": "fetch" };

class Builder {
  constructor(form) {
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
    clearTimeout(this.timer);
    const step = event.submitter?.name === "do" ? event.submitter.value : "";
    this.send(step, step ? "anew" : "apply");
  }

  changed(event) {
    if (event.target.matches("[data-reshape]")) {
      clearTimeout(this.timer);
      this.send("show", "anew");
    } else this.soon();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send("show", "words"), PAUSE);
  }

  async send(step, wanted) {
    this.request?.abort();
    this.request = new AbortController();
    const body = new FormData(this.form);
    if (step) body.set("do", step);
    if (wanted === "apply") this.form.querySelector("[data-apply]").disabled = true;
    try {
      const answer = await fetch(this.form.action, { method: "POST", body, headers: HEADERS, signal: this.request.signal });
      const goal = answer.headers.get("X-Go-To");
      if (goal) { window.location.assign(goal); return; }
      if (answer.redirected) throw new Error(word("signedOut"));
      if (!answer.ok && answer.status !== 422) throw new Error(word("failed"));
      this.show(await answer.text(), wanted, step);
    } catch (problem) {
      if (problem.name === "AbortError") return;
      this.tell(problem instanceof TypeError ? word("failed") : problem.message);
    }
  }

  show(text, wanted, step) {
    const form = new DOMParser().parseFromString(text, "text/html").querySelector("[data-builder-form]");
    if (!form) throw new Error(word("signedOut"));
    if (wanted === "words") {
      this.form.querySelector("[data-words]").replaceWith(form.querySelector("[data-words]"));
      return;
    }
    const before = document.activeElement?.id;
    const scroll = this.form.querySelector(".w-body").scrollTop;
    this.form.replaceWith(form);
    this.take(form);
    form.querySelector(".w-body").scrollTop = scroll;
    this.focus(form, before, wanted, step);
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
    form.querySelector("select.w-field, select, input:not([type=hidden])")?.focus();
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
