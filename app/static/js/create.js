// Add a record without leaving the form: its own form in the drawer; what was saved is chosen in the picker beside.

import { ask } from "./confirm.js";
import { startConditions } from "./conditions.js";
import { wireForm } from "./form.js";
import { chooseIn, startPickers, typedIn } from "./picker.js";
import { say } from "./toasts.js";
import { word } from "./words.js";

const drawer = document.querySelector("[data-drawer]");
// The drawer's present errand: for which picker, whether something was typed, whether it is on its way.
let errand = null;

const body = () => drawer.querySelector(".offcanvas-body");
const title = (text) => { drawer.querySelector("h2").textContent = text; };
const offcanvas = () => window.bootstrap.Offcanvas.getOrCreateInstance(drawer);

/** Ask the server; returns its answer, or throws an Error whose message a person can read. */
async function asked(url, options = {}) {
  let answer;
  try {
    answer = await fetch(url, { ...options, headers: { Accept: "application/json", "X-Requested-With": "fetch" } });
  } catch {
    throw new Error(word("failed"));
  }
  if (answer.redirected || answer.status === 401) throw new Error(word("signedOut"));
  const kind = answer.headers.get("Content-Type") ?? "";
  if (kind.includes("problem+json")) throw new Error((await answer.json()).detail || word("failed"));
  if (kind.includes("json")) return { saved: await answer.json() };
  const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".in-drawer");
  if (!page) throw new Error(word("failed"));
  return { page };
}

function show(page) {
  title(page.dataset.title);
  body().replaceChildren(page);
  const form = page.querySelector("form");
  startPickers(page);
  wireForm(form);
  startConditions(page);
  const mine = errand;
  const typed = () => { mine.dirty = true; };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  form.addEventListener("submit", (event) => { event.preventDefault(); send(form); });
  (form.querySelector("[data-focus]") ?? form.querySelector("input:not([type=hidden]), select, textarea"))?.focus();
  return form;
}

/** Put what was typed in the picker where it belongs: a number without letters is a phone, all else the title. */
function suggest(form, text) {
  const phone = /^[+\d\s-]{5,}$/.test(text) ? form.querySelector("[inputmode=tel]") : null;
  const input = phone ?? form.elements[form.dataset.titleInput];
  if (!text || !(input instanceof HTMLInputElement) || input.value) return;
  input.value = text;
  errand.dirty = true;
}

function complain(form, text) {
  let note = form.querySelector("[data-trouble]");
  if (!note) {
    note = document.createElement("div");
    note.className = "notice bad";
    note.dataset.trouble = "";
    note.setAttribute("role", "alert");
    note.tabIndex = -1;
    form.prepend(note);
  }
  note.textContent = text;
  note.focus();
}

async function send(form) {
  if (errand.sending) return;
  const mine = errand;
  mine.sending = true;
  try {
    const { saved, page } = await asked(form.action, { method: "POST", body: new FormData(form) });
    if (errand !== mine) return;
    if (page) { show(page); return; }
    mine.dirty = false;
    chooseIn(mine.box, saved.token, saved.title);
    offcanvas().hide();
    say(saved.message, "success");
  } catch (problem) {
    if (errand === mine) complain(form, problem.message);
  } finally {
    mine.sending = false;
  }
}

async function open(link) {
  const box = link.closest(".with-add").querySelector("[data-pick]");
  const typed = typedIn(box);
  const mine = { box, dirty: false, sending: false };
  errand = mine;
  title(word("loading"));
  body().replaceChildren();
  body().removeAttribute("aria-live");
  drawer.classList.add("has-form");
  offcanvas().show();
  try {
    const { page } = await asked(`${link.href}${link.search ? "&" : "?"}in=drawer`);
    if (errand === mine) suggest(show(page), typed);
  } catch (problem) {
    if (errand === mine) title(problem.message);
  }
}

async function close(event) {
  if (!errand?.dirty || errand.sure) return;
  event.preventDefault();
  if (errand.asking) return;
  errand.asking = true;
  // The key press that closes the drawer would close a dialog that opens during it, too.
  await new Promise((later) => setTimeout(later));
  const sure = await ask(`${word("unsaved")} ${word("leave")}`, word("leaveYes"));
  if (!errand) return;
  errand.asking = false;
  if (sure) { errand.sure = true; offcanvas().hide(); }
}

function closed() {
  if (!errand) return;
  const { box } = errand;
  errand = null;
  drawer.classList.remove("has-form");
  body().replaceChildren();
  body().setAttribute("aria-live", "polite");
  box.querySelector("[role=combobox]").focus();
}

/** Let “New” beside a picker open the drawer; inside the drawer, and without a script, it opens a tab. */
export function startCreate() {
  if (!drawer) return;
  document.addEventListener("click", (event) => {
    const leave = event.target.closest("[data-drawer] [data-leave]");
    if (leave) { event.preventDefault(); event.stopPropagation(); offcanvas().hide(); return; }
    const link = event.target.closest("a[data-add]");
    if (!link || link.closest("[data-drawer]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link);
  }, true);
  drawer.addEventListener("hide.bs.offcanvas", close);
  drawer.addEventListener("hidden.bs.offcanvas", closed);
  window.addEventListener("beforeunload", (event) => { if (errand?.dirty) event.preventDefault(); });
}
