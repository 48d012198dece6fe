// Lists: rows open by click and by keys, a preview beside each, exact counts on request, short addresses.

import { showInDrawer } from "./drawer.js";
import { handle } from "./shortcuts.js";
import { word } from "./words.js";

const DOUBLE_CLICK = 250;
const linkOf = (row) => row.querySelector(".go");

function opens(row, event) {
  const link = linkOf(row);
  if (!link) return;
  if (event.ctrlKey || event.metaKey || event.button === 1) window.open(link.href, "_blank", "noopener");
  else link.click();
}

function addPreview(row) {
  const cell = document.createElement("td");
  cell.className = "e peek";
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-quiet btn-sm row-peek";
  button.textContent = word("preview");
  button.setAttribute("aria-label", `${word("preview")}: ${linkOf(row)?.textContent ?? ""}`);
  cell.append(button);
  row.append(cell);
}

function startRows(table) {
  const rows = [...table.tBodies[0].rows];
  const head = document.createElement("th");
  head.className = "peek";
  head.innerHTML = "<span class=\"visually-hidden\"></span>";
  head.firstChild.textContent = word("preview");
  table.tHead.rows[0].append(head);
  rows.forEach(addPreview);
  startClicks(table);
  startKeys(rows);
}

function startClicks(table) {
  let opening = 0;
  table.tBodies[0].addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    clearTimeout(opening);
    if (event.target.closest(".row-peek")) showInDrawer(`${linkOf(row).pathname}/preview`);
    else if (!event.target.closest("a, button, input, label") && !String(window.getSelection())) {
      // The second click of a double click changes the cell instead.
      const cell = event.target.closest("td");
      const waits = cell && "edit" in table.tHead.rows[0].cells[cell.cellIndex].dataset && !event.ctrlKey && !event.metaKey;
      if (waits) opening = setTimeout(() => opens(row, event), DOUBLE_CLICK);
      else opens(row, event);
    }
  });
  table.tBodies[0].addEventListener("dblclick", () => clearTimeout(opening));
}

function startKeys(rows) {
  let at = -1;
  const go = (to) => {
    at = rows.findIndex((row) => row.classList.contains("at"));
    to = at + to;
    rows[at]?.classList.remove("at");
    at = Math.max(0, Math.min(rows.length - 1, to));
    rows[at].classList.add("at");
    rows[at].scrollIntoView({ block: "nearest" });
    linkOf(rows[at])?.focus({ preventScroll: true });
  };
  const areRows = () => rows.length > 0;
  const here = () => rows.findIndex((row) => row.classList.contains("at"));
  handle("row", (key) => go(key === "j" ? 1 : -1), areRows);
  handle("row-open", () => ((at = here()) >= 0 ? linkOf(rows[at])?.click() : false), areRows);
  handle("row-preview", () => ((at = here()) >= 0 ? void showInDrawer(`${linkOf(rows[at]).pathname}/preview`) : false), areRows);
}

async function countExactly(button) {
  const before = button.textContent;
  button.textContent = word("counting");
  button.disabled = true;
  try {
    const answer = await fetch(button.dataset.count, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error();
    const exact = document.createElement("span");
    exact.textContent = (await answer.json()).text;
    button.replaceWith(exact);
  } catch {
    button.textContent = before;
    button.title = word("failed");
    button.disabled = false;
  }
}

function leaveOutEmpty(form) {
  form.addEventListener("submit", () => {
    // data-keep marks an input whose emptiness says something: "all branches".
    const empty = [...form.elements].filter((input) => input.name && !input.value && !("keep" in input.dataset));
    for (const input of empty) input.disabled = true;
    setTimeout(() => { for (const input of empty) input.disabled = false; });
  });
}

/** Wire the list page. */
export function startList() {
  const table = document.querySelector("table[data-list]");
  if (table) startRows(table);
  for (const button of document.querySelectorAll("[data-count]")) button.addEventListener("click", () => countExactly(button));
  const form = document.querySelector("[data-narrow]");
  if (form) leaveOutEmpty(form);
}
