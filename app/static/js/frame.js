// The sidebar folds to icons and stays so (a cookie, so that the server draws the next page right at once).

import { word } from "./words.js";

const A_YEAR = 31536000;

function remember(narrow) {
  const secure = window.location.protocol === "https:" ? "; secure" : "";
  document.cookie = `side=${narrow ? "narrow" : "wide"}; path=/; max-age=${A_YEAR}; samesite=lax${secure}`;
}

function label(button, narrow) {
  button.setAttribute("aria-expanded", String(!narrow));
  button.querySelector("span").textContent = word(narrow ? "widen" : "narrow");
}

const UNTIL_BUSY = 300;
const LONGEST_BUSY = 15000;

/** Show a quiet line at the top while a slow page is on its way; a download ends it by time alone. */
function showWaiting(root) {
  window.addEventListener("beforeunload", (event) => {
    if (event.defaultPrevented) return;
    setTimeout(() => root.classList.add("busy"), UNTIL_BUSY);
    setTimeout(() => root.classList.remove("busy"), LONGEST_BUSY);
  });
  window.addEventListener("pageshow", () => root.classList.remove("busy"));
}

/** Wire the fold button, the popovers that close on Escape or a click elsewhere, and show where we are. */
export function startFrame() {
  const root = document.documentElement;
  const button = document.querySelector("[data-side]:not(html)");
  if (button) {
    label(button, root.dataset.side === "narrow");
    button.addEventListener("click", () => {
      const narrow = root.dataset.side !== "narrow";
      if (narrow) { root.dataset.side = "narrow"; button.blur(); } else delete root.dataset.side;
      remember(narrow);
      label(button, narrow);
    });
  }
  showWaiting(root);
  const folds = document.querySelector(".folds");
  const active = folds?.querySelector("[aria-current]");
  if (active && active.offsetTop > folds.clientHeight) folds.scrollTop = active.offsetTop - folds.clientHeight / 2;
  for (const popover of document.querySelectorAll("details[data-popover]")) closesElsewhere(popover);
}

function closesElsewhere(popover) {
  document.addEventListener("click", (event) => {
    // A node that the click itself removed (a tag of a picker) was inside when it was clicked.
    if (popover.open && event.target.isConnected && !popover.contains(event.target)) popover.open = false;
  });
  popover.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    popover.open = false;
    popover.querySelector("summary").focus();
  });
  popover.addEventListener("toggle", () => {
    if (popover.open) popover.querySelector(".panel input:not([type=hidden]), .panel select")?.focus({ preventScroll: true });
  });
}
