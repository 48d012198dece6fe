// The history tab: read from the server when it is opened first, older entries when asked for.

import { say } from "./toasts.js";
import { word } from "./words.js";

async function fragmentAt(url) {
  const answer = await fetch(url, { headers: { "X-Requested-With": "fetch" } });
  if (answer.redirected) throw new Error(word("signedOut"));
  if (!answer.ok) throw new Error(word("failed"));
  return new DOMParser().parseFromString(await answer.text(), "text/html").body;
}

function tell(problem) {
  say(problem instanceof TypeError ? word("failed") : problem.message, "warning");
}

async function fill(pane) {
  if (pane.dataset.state) return;
  pane.dataset.state = "loading";
  pane.setAttribute("aria-busy", "true");
  try {
    pane.replaceChildren(...(await fragmentAt(pane.dataset.load)).childNodes);
    pane.dataset.state = "loaded";
    pane.dispatchEvent(new Event("history:filled"));
  } catch (problem) {
    // Opening the tab again tries again; the link to the page of its own still stands there.
    delete pane.dataset.state;
    tell(problem);
  }
  pane.removeAttribute("aria-busy");
}

async function append(link) {
  const list = link.closest("[data-history]")?.querySelector("[data-past]") ?? document.querySelector("[data-past]");
  const place = link.parentElement;
  link.setAttribute("aria-disabled", "true");
  try {
    const body = await fragmentAt(link.href);
    const first = body.querySelector("[data-past] > li");
    list.append(...body.querySelectorAll("[data-past] > li"));
    const older = body.querySelector(".past-older");
    if (older) place.replaceWith(older); else place.remove();
    first?.setAttribute("tabindex", "-1");
    first?.focus({ preventScroll: true });
  } catch (problem) {
    link.removeAttribute("aria-disabled");
    tell(problem);
  }
}

/** Wire the tab and the links to older entries; an address that ends in #history opens the tab. */
export function startHistory() {
  const pane = document.querySelector("[data-history][data-load]");
  const tab = pane && document.querySelector(`[data-bs-target="#${pane.id}"]`);
  if (tab) {
    tab.addEventListener("shown.bs.tab", () => fill(pane));
    if (window.location.hash === "#history") {
      pane.addEventListener("history:filled", () => tab.scrollIntoView({ block: "start" }), { once: true });
      window.bootstrap.Tab.getOrCreateInstance(tab).show();
    }
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-older]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!link.hasAttribute("aria-disabled")) append(link);
  });
}
