// Forms: Enter moves on, Ctrl+Enter saves, nothing typed is lost by accident, pasted values come out clean.

import { ask } from "./confirm.js";
import { startKeeping } from "./keeping.js";
import { cleanDate, cleanNumber, cleanPhone } from "./paste.js";
import { startSaving } from "./saving.js";
import { handle } from "./shortcuts.js";
import { word } from "./words.js";

const MOVES_ON = "input:not([type=hidden]):not([type=file]):not([type=checkbox]):not([type=radio]), select";

function moveOn(form, input) {
  const stops = [...form.querySelectorAll("input:not([type=hidden]), select, textarea, [data-save]")]
    .filter((each) => !each.disabled && each.offsetParent !== null && each.tabIndex >= 0);
  stops[stops.indexOf(input) + 1]?.focus();
}

function startKeys(form) {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    if (event.target.matches(MOVES_ON) && form.querySelector("[data-save]")) {
      event.preventDefault();
      moveOn(form, event.target);
    }
  });
  handle("save", (_keys, { target }) => {
    const beside = document.querySelector("[data-drawer].show form[data-guard]");
    const meant = target.closest?.("form[data-guard]") ?? beside ?? document.querySelector("form[data-guard] [data-save]")?.form;
    if (!meant) return false;
    meant.requestSubmit(meant.querySelector("[data-save]") ?? undefined);
    return true;
  });
  const next = () => document.querySelector("form[data-guard] [data-save-next]");
  handle("save-next", () => next().form.requestSubmit(next()), () => Boolean(next()));
}

function startGuard(form) {
  let dirty = "dirty" in form.dataset;
  let sending = false;
  const typed = () => { dirty = true; };
  const saved = () => { dirty = false; };
  form.addEventListener("input", typed);
  form.addEventListener("change", typed);
  const keeper = startKeeping(form, typed);
  if ("draft" in form.dataset) startSaving(form, keeper, saved);
  else {
    form.addEventListener("submit", (event) => {
      if (sending) { event.preventDefault(); return; }
      sending = true;
      window.addEventListener("pageshow", () => { sending = false; }, { once: true });
    });
  }
  const isUnsaved = () => dirty && !sending && form.isConnected;
  window.addEventListener("beforeunload", (event) => { if (isUnsaved()) event.preventDefault(); });
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    if (!link || !isUnsaved() || link.target || link.hasAttribute("download") || link.getAttribute("href").startsWith("#") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (!await ask(`${word("unsaved")} ${word("leave")}`, word("leaveYes"))) return;
    saved();
    await keeper?.drop();
    window.location.assign(link.href);
  });
}

function replaceWith(input, event, clean) {
  const pasted = event.clipboardData?.getData("text") ?? "";
  const value = clean(pasted);
  if (!value || value === pasted) return;
  event.preventDefault();
  if (input.type === "date") input.value = value;
  else input.setRangeText(value, input.selectionStart, input.selectionEnd, "end");
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

function startPaste(form) {
  form.addEventListener("paste", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement)) return;
    if (input.type === "date") replaceWith(input, event, cleanDate);
    else if (input.inputMode === "tel") replaceWith(input, event, cleanPhone);
    else if (input.inputMode === "decimal" || input.inputMode === "numeric") replaceWith(input, event, cleanNumber);
  });
}

function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight + 2, 480)}px`;
}

function showPicture(input) {
  const file = input.files?.[0];
  let picture = input.parentElement.querySelector("img[data-new-picture]");
  if (!file?.type.startsWith("image/")) { picture?.remove(); return; }
  if (!picture) {
    picture = document.createElement("img");
    picture.className = "picture";
    picture.alt = "";
    picture.dataset.newPicture = "";
    input.after(picture);
  }
  URL.revokeObjectURL(picture.src);
  picture.src = URL.createObjectURL(file);
}

/** Wire the inputs of a form, or of a part of one that came later. */
export function wireInputs(part) {
  for (const area of part.querySelectorAll("[data-grow]")) {
    grow(area);
    area.addEventListener("input", () => grow(area));
  }
  for (const input of part.querySelectorAll("[data-shows-picture]")) input.addEventListener("change", () => showPicture(input));
}

/** Wire one form, apart from what guards the page against being left. */
export function wireForm(form) {
  startKeys(form);
  startPaste(form);
  wireInputs(form);
}

/** Wire every guarded form of the page, or of a part that came later, and put the cursor on what went wrong. */
export function startForms(part = document) {
  for (const form of part.querySelectorAll("form[data-guard]")) {
    wireForm(form);
    startGuard(form);
  }
  part.querySelector("[data-focus]")?.focus();
}
