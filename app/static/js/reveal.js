// Reveals one masked value where it stands: asks for the reason in a dialog. Without scripts the link leads to a page.

const BY_SCRIPT = { "X-Requested-With": "fetch" };

async function send(form, dialog, link) {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: BY_SCRIPT });
  const said = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
  if (answer.ok && "value" in said) {
    const place = link.parentElement;
    const value = document.createElement("b");
    value.className = "revealed";
    value.tabIndex = -1;
    value.textContent = said.value;
    place.replaceChildren(value);
    dialog.close();
    value.focus();
    return;
  }
  if (!said.errors) {
    form.submit();
    return;
  }
  const place = form.querySelector("[data-reveal-error]");
  place.textContent = Object.values(said.errors).join(" ");
  place.hidden = false;
}

async function open(link) {
  const answer = await fetch(link.href, { headers: BY_SCRIPT });
  if (!answer.ok) {
    window.location.assign(link.href);
    return;
  }
  const dialog = document.createElement("dialog");
  dialog.className = "ask";
  dialog.setAttribute("aria-label", link.getAttribute("aria-label"));
  dialog.innerHTML = await answer.text();
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => {
    if (!event.target.closest("[data-close]")) return;
    event.preventDefault();
    dialog.close();
    link.focus();
  });
  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    send(event.target, dialog, link);
  });
  dialog.showModal();
  dialog.querySelector("input[type=radio]").focus();
}

/** Let the eyes beside masked values open a dialog. */
export function startReveals() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-reveal]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !("showModal" in HTMLDialogElement.prototype)) return;
    event.preventDefault();
    open(link);
  });
}
