// How wide the columns of a list are: dragged at their heads, or by Shift and an arrow from a head or a cell.

import { csrfToken } from "./words.js";

const STEP = 16;
const NARROWEST = 48;
const WIDEST = 800;

class Widths {
  constructor(table) {
    this.table = table;
    this.sheet = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.sheet];
    this.heads = [...table.tHead.querySelectorAll("[data-c]")];
    for (const head of this.heads) this.addGrip(head);
    this.apply();
    table.addEventListener("keydown", (event) => this.key(event));
  }

  apply() {
    const rules = this.heads.filter((head) => head.dataset.w).map((head) => {
      const width = `${head.dataset.w}px`;
      return `table[data-list] tr > :nth-child(${head.cellIndex + 1}) { width: ${width}; min-width: ${width}; max-width: ${width}; }`;
    });
    this.sheet.replaceSync(`@media (min-width: 768px) { ${rules.join(" ")} }`);
  }

  addGrip(head) {
    const grip = Object.assign(document.createElement("span"), { className: "grip" });
    grip.setAttribute("aria-hidden", "true");
    head.append(grip);
    grip.addEventListener("click", (event) => event.stopPropagation());
    grip.addEventListener("dblclick", () => { delete head.dataset.w; this.apply(); this.keep(head); });
    grip.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const [start, width] = [event.clientX, head.offsetWidth];
      grip.setPointerCapture(event.pointerId);
      grip.onpointermove = (moved) => this.set(head, width + moved.clientX - start);
      grip.onpointerup = () => { grip.onpointermove = grip.onpointerup = null; this.keep(head); };
    });
  }

  set(head, width) {
    head.dataset.w = String(Math.round(Math.max(NARROWEST, Math.min(WIDEST, width))));
    this.apply();
  }

  key(event) {
    const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    const cell = event.target.closest("th, td");
    if (!step || !event.shiftKey || !cell) return;
    const head = this.table.tHead.rows[0].cells[cell.cellIndex];
    if (!head?.dataset.c) return;
    event.preventDefault();
    this.set(head, head.offsetWidth + step);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(head), 400);
  }

  keep(head) {
    const body = new URLSearchParams({ name: head.dataset.c, width: head.dataset.w ?? "" });
    // A width that was not kept is no harm: it holds until the page is left.
    fetch(`${window.location.pathname}columns`, { method: "PATCH", body, headers: { "X-CSRFToken": csrfToken() } }).catch(() => {});
  }
}

/** Let the columns of the page's list be widened. */
export function startWidths() {
  const table = document.querySelector("table[data-list]");
  if (table) new Widths(table);
}
