// The preview drawer: a record's few important lines beside the list.

import { word } from "./words.js";

let request = null;

/** Show the fragment at `url` in the drawer, under the title it names. */
export async function showInDrawer(url) {
  const drawer = document.querySelector("[data-drawer]");
  const body = drawer.querySelector(".offcanvas-body");
  request?.abort();
  request = new AbortController();
  drawer.querySelector("h2").textContent = word("loading");
  body.replaceChildren();
  const opener = document.activeElement;
  drawer.addEventListener("hidden.bs.offcanvas", () => opener?.focus({ preventScroll: true }), { once: true });
  window.bootstrap.Offcanvas.getOrCreateInstance(drawer).show();
  try {
    const answer = await fetch(url, { signal: request.signal, headers: { "X-Requested-With": "fetch" } });
    if (answer.redirected) throw new Error(word("signedOut"));
    if (!answer.ok) throw new Error(word("failed"));
    const fragment = new DOMParser().parseFromString(await answer.text(), "text/html");
    const content = fragment.querySelector(".preview");
    if (!content) throw new Error(word("signedOut"));
    drawer.querySelector("h2").textContent = content.dataset.title;
    body.replaceChildren(content);
  } catch (problem) {
    if (problem.name === "AbortError") return;
    drawer.querySelector("h2").textContent = problem instanceof TypeError ? word("failed") : problem.message;
  }
}
