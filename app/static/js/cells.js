// Changing one cell where it stands: arrows go from cell to cell, F2, Enter or a double click opens its input.

import { startPicker } from "./picker.js";
import { csrfToken, word } from "./words.js";

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

const headOf = (cell) => cell.closest("table").tHead.rows[0].cells[cell.cellIndex];
const isEditable = (cell) => Boolean(cell) && "edit" in headOf(cell).dataset;
const linkOf = (cell) => cell.parentElement.querySelector(".go");

/** Put the focus on a cell, on the link in it where that leads to the record. */
function focusOn(cell) {
  const goal = cell.querySelector(".go") ?? cell;
  if (goal === cell) cell.tabIndex = -1;
  goal.focus({ preventScroll: true });
  cell.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function neighbour(cell, [down, right]) {
  const rows = [...cell.closest("tbody").rows];
  const row = rows[rows.indexOf(cell.parentElement) + down];
  let at = cell.cellIndex + right;
  while (row?.cells[at] && (!("c" in headOf(row.cells[at]).dataset) || !row.cells[at].offsetParent)) at += right || 1;
  return row?.cells[at];
}

/** The next cell of the row that can be changed. */
function nextEditable(cell, step) {
  let next = cell;
  do next = step > 0 ? next.nextElementSibling : next.previousElementSibling; while (next && !(headOf(next) && isEditable(next)));
  return next;
}

class Editor {
  static open = null;

  constructor(cell) {
    this.cell = cell;
    this.address = `${new URL(linkOf(cell).href).pathname}/cell/${headOf(cell).dataset.c}`;
    this.box = Object.assign(document.createElement("div"), { className: "cell-editor" });
    this.place = this.place.bind(this);
    this.outside = this.outside.bind(this);
  }

  static async start(cell) {
    if (Editor.open) return;
    const editor = new Editor(cell);
    Editor.open = editor;
    try {
      const answer = await fetch(editor.address, { headers: { "X-Requested-With": "fetch" } });
      if (!answer.ok || answer.redirected) throw new Error(answer.redirected ? word("signedOut") : word("failed"));
      editor.show(await answer.text());
    } catch (problem) {
      Editor.open = null;
      cell.title = problem instanceof TypeError ? word("failed") : problem.message;
    }
  }

  show(text) {
    this.box.append(...new DOMParser().parseFromString(text, "text/html").body.childNodes);
    document.body.append(this.box);
    this.form = this.box.querySelector("form");
    this.said = this.box.querySelector("[data-cell-said]");
    for (const picker of this.box.querySelectorAll("[data-pick]")) startPicker(picker);
    this.place();
    this.input = this.form.querySelector("input:not([type=hidden]), select, textarea");
    this.input.focus();
    if (this.input.select) this.input.select();
    this.first = this.typed();
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.save(); });
    this.form.addEventListener("keydown", (event) => this.key(event));
    this.form.querySelector("[data-cell-leave]").addEventListener("click", () => this.close());
    window.addEventListener("scroll", this.place, true);
    window.addEventListener("resize", this.place);
    document.addEventListener("pointerdown", this.outside, true);
  }

  typed() {
    return new URLSearchParams(new FormData(this.form)).toString();
  }

  place() {
    const { left, top, width } = this.cell.getBoundingClientRect();
    const { style } = this.box;
    style.minWidth = `${Math.max(width, 240)}px`;
    style.left = `${Math.max(8, Math.min(left, window.innerWidth - this.box.offsetWidth - 8))}px`;
    style.top = `${Math.max(8, Math.min(top, window.innerHeight - this.box.offsetHeight - 8))}px`;
  }

  outside(event) {
    if (!this.box.contains(event.target)) this.save(() => {});
  }

  key(event) {
    if (event.isComposing || event.defaultPrevented) return;
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && !event.target.matches("button")) this.save();
    else if (event.key === "Tab" && !event.target.matches("button")) this.tab(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  tab(step) {
    const next = nextEditable(this.cell, step);
    this.save(() => { if (next) Editor.start(next); else focusOn(this.cell); });
  }

  /** Save what was typed, then go on with `then`; what can't be saved stays with the reason beside it. */
  async save(then = () => focusOn(this.cell)) {
    if (this.busy) return;
    if (this.typed() === this.first) { this.close(then); return; }
    this.busy = true;
    try {
      const answer = await fetch(this.address, {
        method: "PATCH",
        body: new URLSearchParams(new FormData(this.form)),
        headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
      });
      if (answer.redirected) throw new Error(word("signedOut"));
      this.answered(answer.status, await answer.json(), then);
    } catch (problem) {
      this.said.textContent = problem instanceof TypeError || problem instanceof SyntaxError ? word("failed") : problem.message;
    }
    this.busy = false;
    if (this.box.isConnected) this.place();
  }

  answered(status, body, then) {
    if (status === 200) {
      this.put(body);
      this.close(then);
    } else if (status === 409 && body.base) this.clash(body);
    else {
      this.said.textContent = (body.errors instanceof Array ? body.errors.join(" ") : body.detail) || word("failed");
      this.input.setAttribute("aria-invalid", "true");
      this.input.focus();
    }
  }

  put({ html, text }) {
    const link = this.cell.querySelector(".go");
    if (link) link.textContent = text;
    else this.cell.innerHTML = html.trim();
    this.cell.classList.add("saved");
  }

  clash(body) {
    const shown = this.form.querySelector("[data-cell-conflict]").content.cloneNode(true);
    shown.querySelector("[data-by]").textContent = body.by ? `(${body.by})` : "";
    shown.querySelector("[data-theirs]").textContent = body.theirs || "—";
    shown.querySelector("[data-yours]").textContent = body.yours || "—";
    shown.querySelector("[data-keep-theirs]").addEventListener("click", () => { this.put(body); this.close(); });
    shown.querySelector("[data-keep-mine]").addEventListener("click", () => { this.form.elements["cell.base"].value = body.base; this.save(); });
    this.said.replaceChildren(shown);
    this.said.querySelector("[data-keep-mine]").focus();
  }

  close(then = () => focusOn(this.cell)) {
    Editor.open = null;
    this.box.remove();
    window.removeEventListener("scroll", this.place, true);
    window.removeEventListener("resize", this.place);
    document.removeEventListener("pointerdown", this.outside, true);
    then();
  }
}

function key(event) {
  const cell = event.target.closest("tbody td");
  if (!cell || event.isComposing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const onCell = event.target === cell;
  if (!onCell && !event.target.matches(".go")) return;
  if (event.key in STEPS) {
    const next = neighbour(cell, STEPS[event.key]);
    if (next) focusOn(next);
  } else if (event.key === "F2" && isEditable(cell)) Editor.start(cell);
  else if (event.key === "Enter" && onCell) { if (isEditable(cell)) Editor.start(cell); else linkOf(cell).click(); }
  else if (event.key === "Escape" && onCell) linkOf(cell).focus();
  else return;
  event.preventDefault();
}

/** Let the cells of the page's list be walked through and changed. */
export function startCells() {
  const table = document.querySelector("table[data-list]");
  if (!table) return;
  table.addEventListener("keydown", key);
  table.addEventListener("dblclick", (event) => {
    const cell = event.target.closest("tbody td");
    if (cell && "c" in headOf(cell).dataset && isEditable(cell)) Editor.start(cell);
  });
  table.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    for (const other of table.querySelectorAll("tr.at")) if (other !== row) other.classList.remove("at");
    row?.classList.add("at");
  });
}
