// Keys for people who work all day: / searches, g h goes home, n adds, e edits, ? shows them all.

import { isTyping } from "./words.js";

const PAUSE_BETWEEN_KEYS = 1000;

function showHelp() {
  document.getElementById("help")?.showModal();
}

function follow(selector) {
  const link = document.querySelector(selector);
  link?.click();
  return Boolean(link);
}

/** Listen for the keys that work on every page. */
export function startShortcuts() {
  let waitingSince = 0;
  document.querySelector("[data-help]")?.addEventListener("click", showHelp);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const followsG = event.timeStamp - waitingSince < PAUSE_BETWEEN_KEYS;
    waitingSince = 0;
    if (event.key === "/") document.getElementById("find")?.select();
    else if (event.key === "?") showHelp();
    else if (event.key === "h" && followsG) window.location.assign("/");
    else if (event.key === "g") { waitingSince = event.timeStamp; return; }
    else if (event.key === "n" && follow("[data-new]")) { /* followed */ }
    else if (event.key === "e" && follow("[data-edit]")) { /* followed */ }
    else return;
    event.preventDefault();
  });
}
