// Choosing rows of a list: boxes, ranges with Shift, x and Shift+X, a long press or the Select button on a phone.

import { handle } from "./shortcuts.js";

const LONG_PRESS = 500;

class Selection {
  constructor(table, bar) {
    this.table = table;
    this.bar = bar;
    this.rows = [...table.tBodies[0].rows];
    this.last = -1;
    this.all = bar.elements["bulk.all"];
    this.addBoxes();
    this.listen();
    this.show();
  }

  box(label) {
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", className: "form-check-input" });
    box.setAttribute("aria-label", label);
    return box;
  }

  addBoxes() {
    const head = document.createElement("th");
    head.className = "c";
    this.every = this.box(this.bar.dataset.chooseAll);
    head.append(this.every);
    this.table.tHead.rows[0].prepend(head);
    this.boxes = this.rows.map((row) => {
      const cell = document.createElement("td");
      cell.className = "c";
      const box = this.box(`${this.bar.dataset.choose}: ${row.querySelector(".go")?.textContent ?? ""}`);
      box.autocomplete = "off";
      cell.append(box);
      row.prepend(cell);
      return box;
    });
  }

  listen() {
    this.every.addEventListener("change", () => { for (const box of this.boxes) box.checked = this.every.checked; this.show(); });
    this.table.addEventListener("click", (event) => this.clicked(event), true);
    this.bar.addEventListener("submit", () => this.send());
    this.bar.querySelector("[data-bulk-none]").addEventListener("click", () => this.none());
    this.bar.querySelector("[data-bulk-every]")?.addEventListener("click", () => { this.all.value = "1"; this.show(); });
    window.addEventListener("pageshow", () => this.unsend());
    handle("row-choose", (_keys, event) => this.atKey(event.shiftKey));
    handle("row-choose-range", () => this.atKey(true));
    const select = document.querySelector("[data-select]");
    select?.setAttribute("role", "button");
    select?.addEventListener("click", (event) => { event.preventDefault(); this.selecting(!this.table.classList.contains("selecting")); });
    select?.addEventListener("keydown", (event) => { if (event.key === " ") { event.preventDefault(); select.click(); } });
    this.listenToLongPress();
  }

  /** While choosing, a tap anywhere on a row chooses it; otherwise only its box does. */
  clicked(event) {
    const at = this.rows.indexOf(event.target.closest("tbody tr"));
    if (at < 0) return;
    const inBox = event.target.closest("td.c");
    if (!inBox && !this.table.classList.contains("selecting")) return;
    event.stopPropagation();
    if (event.target !== this.boxes[at]) {
      event.preventDefault();
      this.boxes[at].checked = !this.boxes[at].checked;
    }
    this.chosen(at, event.shiftKey);
  }

  chosen(at, isRange) {
    if (isRange && this.last >= 0) {
      const [from, to] = [Math.min(at, this.last), Math.max(at, this.last)];
      for (const box of this.boxes.slice(from, to + 1)) box.checked = this.boxes[at].checked;
    }
    this.last = at;
    this.show();
  }

  atKey(isRange) {
    const at = this.rows.findIndex((row) => row.classList.contains("at"));
    if (at < 0) return false;
    this.boxes[at].checked = isRange || !this.boxes[at].checked;
    this.chosen(at, isRange);
    return true;
  }

  listenToLongPress() {
    let timer = 0;
    let pressed = false;
    this.table.addEventListener("pointerdown", (event) => {
      const at = this.rows.indexOf(event.target.closest("tbody tr"));
      if (event.pointerType !== "touch" || at < 0 || this.table.classList.contains("selecting")) return;
      timer = setTimeout(() => {
        pressed = true;
        this.selecting(true);
        this.boxes[at].checked = true;
        this.chosen(at, false);
      }, LONG_PRESS);
    });
    for (const name of ["pointerup", "pointermove", "pointercancel"]) {
      this.table.addEventListener(name, () => clearTimeout(timer));
    }
    // The finger that is lifted after a long press is no tap, and its menu is not wanted.
    this.table.addEventListener("contextmenu", (event) => { if (pressed) event.preventDefault(); });
    window.addEventListener("click", (event) => {
      if (!pressed) return;
      pressed = false;
      event.preventDefault();
      event.stopPropagation();
    }, true);
  }

  selecting(on) {
    this.table.classList.toggle("selecting", on);
    document.querySelector("[data-select]")?.setAttribute("aria-pressed", String(on));
    if (!on) this.none();
    this.show();
  }

  none() {
    for (const box of this.boxes) box.checked = false;
    this.all.value = "";
    this.table.classList.remove("selecting");
    document.querySelector("[data-select]")?.setAttribute("aria-pressed", "false");
    this.show();
  }

  show() {
    const count = this.boxes.filter((box) => box.checked).length;
    const isAll = this.all.value === "1";
    this.bar.hidden = !count && !isAll && !this.table.classList.contains("selecting");
    this.every.checked = count === this.boxes.length;
    this.every.indeterminate = count > 0 && count < this.boxes.length;
    this.rows.forEach((row, at) => row.classList.toggle("chosen", isAll || this.boxes[at].checked));
    this.bar.querySelector("[data-bulk-count]").textContent = isAll ? this.bar.querySelector("[data-bulk-every]").dataset.bulkEvery : String(count);
    this.bar.querySelector("[data-bulk-one]").hidden = isAll;
    this.bar.querySelector("[data-bulk-all]").hidden = !isAll;
    for (const button of this.bar.querySelectorAll("[name='bulk.what']")) button.disabled = !count && !isAll;
  }

  send() {
    this.unsend();
    if (this.all.value) return;
    this.rows.forEach((row, at) => {
      if (!this.boxes[at].checked) return;
      const token = new URL(row.querySelector(".go").href).pathname.split("/").pop();
      const input = Object.assign(document.createElement("input"), { type: "hidden", name: "bulk.row", value: token });
      this.bar.append(input);
    });
  }

  unsend() {
    for (const input of this.bar.querySelectorAll("[name='bulk.row']")) input.remove();
  }
}

/** Let rows of the page's list be chosen. */
export function startSelection() {
  const table = document.querySelector("table[data-choose]");
  const bar = document.querySelector("form[data-bulk]");
  if (table && bar) new Selection(table, bar);
}
