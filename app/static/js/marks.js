// Recently opened records: the page tells the server that it stands, so that no page waits for that to be written.

import { csrfToken } from "./words.js";

/** Tell that this record was opened, once somebody really sees it. */
export function startMarks() {
  const address = document.querySelector("[data-opened]")?.dataset.opened;
  if (!address) return;
  const tell = () => {
    if (document.visibilityState !== "visible") return;
    document.removeEventListener("visibilitychange", tell);
    fetch(address, { method: "POST", keepalive: true, headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" } })
      .catch(() => { /* Without a connection there is nothing to remember it in; the page itself is whole. */ });
  };
  document.addEventListener("visibilitychange", tell);
  tell();
}
