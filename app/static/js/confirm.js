// Asks before a button that says data-confirm does what it says; without scripts the server simply does it.

import { word } from "./words.js";

/** Ask in a dialog; resolves to whether the person said yes. */
export function ask(text, yes = "") {
  const dialog = document.getElementById("confirm");
  if (!dialog?.showModal) return Promise.resolve(window.confirm(text));
  dialog.querySelector("p").textContent = text;
  dialog.querySelector('[value="yes"]').textContent = yes || word("yes");
  dialog.returnValue = "no";
  dialog.showModal();
  dialog.querySelector('[value="no"]').focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/** Watch every submit of the page. */
export function startConfirm() {
  document.addEventListener("submit", async (event) => {
    const button = event.submitter;
    const text = button?.dataset.confirm;
    if (!text || button.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (await ask(text, button.dataset.confirmYes)) {
      button.dataset.confirmed = "yes";
      button.form.requestSubmit(button);
    }
  }, true);
}
