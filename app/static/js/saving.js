// Saving a record's form: sent by script, so that a lost connection or an ended session leaves the form as it stands.

import { note, unsay } from "./keeping.js";

const PATIENCE = 60_000;
// A picture over a slow line takes its time.
const PATIENCE_WITH_FILES = 600_000;
const SIGNED_OUT = new Set(["csrf", "not-signed-in"]);

function bodyOf(form, submitter) {
  const body = new FormData(form);
  if (submitter?.name) body.append(submitter.name, submitter.value);
  return body;
}

const isJson = (answer) => /\bjson\b/.test(answer.headers.get("Content-Type") ?? "");
const hasFiles = (form) => [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length);

class Saving {
  constructor(form, keeper, saved) {
    Object.assign(this, { form, keeper, saved, isSending: false });
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      this.save(event.submitter);
    });
    form.addEventListener("click", (event) => { if (event.target.closest("[data-again]")) this.form.requestSubmit(this.submitter); });
    window.addEventListener("online", () => { if (form.isConnected && form.querySelector("[data-note=offline]")) this.say("online"); });
  }

  async save(submitter) {
    if (this.isSending) return;
    this.isSending = true;
    this.submitter = submitter?.name || submitter?.matches("[data-save]") ? submitter : undefined;
    this.form.setAttribute("aria-busy", "true");
    try {
      await this.keeper?.keep();
      await this.#send(true);
    } catch {
      // No answer, or only half of one: whether it was saved nobody knows, and sending it again is safe.
      this.say("offline");
    } finally {
      this.isSending = false;
      this.form.removeAttribute("aria-busy");
    }
  }

  async #send(mayRenew) {
    const answer = await fetch(this.form.action, {
      method: "POST",
      body: bodyOf(this.form, this.submitter),
      headers: { Accept: "application/json", "X-Requested-With": "form" },
      signal: AbortSignal.timeout(hasFiles(this.form) ? PATIENCE_WITH_FILES : PATIENCE),
    });
    if (!isJson(answer)) { await this.#show(answer); return; }
    const said = await answer.json();
    if (answer.ok && said.url) await this.#leave(said.url);
    else if (SIGNED_OUT.has(said.code)) await this.#renew(mayRenew);
    else this.say("refused").querySelector("[data-why]").textContent = said.detail ?? "";
  }

  async #leave(url) {
    await this.keeper?.drop();
    this.saved();
    window.location.assign(url);
  }

  /** The session that this form was made in is over: go on in the new one, if it is the same person's. */
  async #renew(mayRenew) {
    const answer = mayRenew && await fetch("/drafts/here", { headers: { Accept: "application/json" } });
    if (!answer?.ok) { this.say("signed-out"); return; }
    const { token, person } = await answer.json();
    if (person !== this.form.dataset.draftPerson) { this.say("somebody-else"); return; }
    for (const input of document.querySelectorAll("input[name=csrf_token]")) input.value = token;
    document.querySelector("meta[name=csrf-token]").content = token;
    await this.#send(false);
  }

  /** The form came back with messages, or with somebody else's version beside one's own. */
  async #show(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.querySelector("main");
    if (!main?.querySelector("form[data-draft]")) { this.say("refused"); return; }
    await this.keeper?.drop();
    document.title = page.title;
    document.querySelector("main").replaceWith(document.adoptNode(main));
    document.dispatchEvent(new CustomEvent("page:part", { detail: main }));
  }

  say(name) {
    const shown = note(this.form, name);
    shown?.setAttribute("tabindex", "-1");
    shown?.focus();
    return shown;
  }
}

/** Send `form` by script; `saved()` is told before the page is left. */
export function startSaving(form, keeper, saved) {
  const saving = new Saving(form, keeper, saved);
  form.addEventListener("input", () => { if (form.querySelector("[data-note=taken]")) unsay(form); });
  return saving;
}
