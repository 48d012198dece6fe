// Rows in a form: add one, remove one until saved, paste a block of cells out of a spreadsheet.

import { startPickers, takeText } from "./picker.js";
import { wireInputs } from "./form.js";
import { cleanDate, halfWidth } from "./paste.js";
import { handle } from "./shortcuts.js";
import { word } from "./words.js";

const STOPS = "input:not([type=hidden]):not([data-remove]), select, textarea";
const YES = new Set(["1", "yes", "y", "true", "x", "✓", "✔", "√", "是", "有"]);

class Rows {
  constructor(box) {
    this.box = box;
    this.body = box.querySelector("tbody");
    this.add = box.querySelector("[data-add-row]");
    if (!this.add) return;
    const blanks = [...this.body.querySelectorAll("[data-blank]")];
    this.from = blanks[0].dataset.row;
    this.model = blanks[0].outerHTML;
    this.next = Number(this.from.split(".").at(-2));
    blanks.forEach((row) => row.remove());
    this.add.hidden = false;
    box.querySelector("[data-paste-hint]").hidden = false;
    this.add.addEventListener("click", () => this.addAndEnter());
    box.addEventListener("paste", (event) => this.pasted(event));
    box.closest("form").addEventListener("draft:fill", ({ detail }) => this.makeRoomFor(Object.keys(detail.texts)));
  }

  /** Add the empty rows that a draft is about to fill. */
  makeRoomFor(names) {
    const begin = `${this.from.split(".").slice(0, -2).join(".")}.`;
    const numbers = names.filter((name) => name.startsWith(begin)).map((name) => Number(name.slice(begin.length).split(".")[0]));
    while (this.hasRoom() && numbers.some((number) => number >= this.next)) this.append();
  }

  rows() {
    return [...this.body.querySelectorAll("[data-row]")];
  }

  hasRoom() {
    return this.body.querySelectorAll("[data-new]").length < Number(this.box.dataset.most);
  }

  /** Add an empty row under a number of its own and return it. */
  append() {
    const prefix = `${this.from.split(".").slice(0, -2).join(".")}.${this.next}.`;
    this.next += 1;
    const page = new DOMParser().parseFromString(`<table><tbody>${this.model.replaceAll(this.from, prefix)}</tbody></table>`, "text/html");
    const row = document.importNode(page.querySelector("tr"), true);
    delete row.dataset.blank;
    row.dataset.new = "";
    this.body.append(row);
    const number = String(this.rows().length);
    for (const place of row.querySelectorAll("[data-row-number]")) place.textContent = number;
    startPickers(row);
    wireInputs(row);
    row.dispatchEvent(new Event("change", { bubbles: true }));
    return row;
  }

  addAndEnter() {
    if (!this.hasRoom()) { this.say(word("rowsFull")); return; }
    const row = this.append();
    row.querySelector(STOPS)?.focus();
    row.scrollIntoView({ block: "nearest" });
    this.say(word("rowAdded"));
  }

  say(text) {
    this.box.querySelector("[data-rows-say]").textContent = text;
  }

  pasted(event) {
    const input = event.target.closest?.(STOPS);
    const row = input?.closest("[data-row]");
    const cells = blockOf(event.clipboardData?.getData("text") ?? "", input);
    if (!row || !cells) return;
    event.preventDefault();
    event.stopPropagation();
    this.fill(row, input, cells);
  }

  async fill(row, input, cells) {
    const column = stopsOf(row).findIndex((place) => place.contains(input));
    const waiting = [];
    let at = this.rows().indexOf(row);
    let filled = 0;
    for (const line of cells) {
      const target = this.rows()[at] ?? (this.hasRoom() ? this.append() : null);
      if (!target) break;
      const places = stopsOf(target);
      line.forEach((text, offset) => { if (places[column + offset]) waiting.push(put(places[column + offset], text)); });
      at += 1;
      filled += 1;
    }
    const missed = (await Promise.all(waiting)).filter((done) => !done).length;
    const rest = cells.length - filled;
    this.say([`${word("rowsFilled")} ${filled}`, rest && `${word("rowsFull")} ${rest}`, missed && `${word("cellsMissed")} ${missed}`].filter(Boolean).join(". "));
  }
}

/** The cells of a row that can be filled, in order. */
const stopsOf = (row) => [...row.querySelectorAll("td:not(.row-acts)")].filter((cell) => cell.querySelector(STOPS));

/** What was copied out of a spreadsheet, as lines of cells; nothing when it is one cell's text. */
function blockOf(text, input) {
  const plain = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  if (!plain.includes("\t") && (!plain.includes("\n") || input?.matches("textarea"))) return null;
  return split(plain);
}

/** Split tab-separated text; a cell in quotes may hold line breaks and tabs. */
function split(text) {
  const lines = [[]];
  const cells = /(?:"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*))([\t\n]|$)/gy;
  for (let found = cells.exec(text); found; found = cells.exec(text)) {
    lines.at(-1).push((found[1]?.replaceAll('""', '"') ?? found[2]).trim());
    if (found[3] === "\n") lines.push([]);
    if (found[3] === "") break;
  }
  return lines;
}

const plain = (text) => halfWidth(text).toLowerCase();

/** Put a pasted text into a cell's input; resolves to whether it could be put there. */
async function put(cell, text) {
  const box = cell.querySelector("[data-pick]");
  if (box) return takeText(box, text);
  const inputs = [...cell.querySelectorAll(STOPS)];
  const [input] = inputs;
  let done = true;
  if (input instanceof HTMLSelectElement) done = choose(input, text);
  else if (inputs.length > 1) done = tick(inputs, text);
  else if (input.type === "checkbox") input.checked = YES.has(plain(text));
  else if (input.type === "file") return false;
  else setText(input, text);
  for (const each of inputs) {
    each.dispatchEvent(new Event("input", { bubbles: true }));
    each.dispatchEvent(new Event("change", { bubbles: true }));
  }
  return done;
}

function setText(input, text) {
  if (input.type === "date" || input.type === "datetime-local") {
    const date = input.type === "date" ? cleanDate(text) : "";
    // What the browser's date input would drop stays as it was written, for the server to read.
    if (!date) input.type = "text";
    input.value = date || text;
  } else input.value = text;
}

function choose(select, text) {
  const wanted = plain(text);
  const option = [...select.options].find((each) => plain(each.textContent) === wanted || each.value === text);
  if (!option && text) {
    // An unknown word stays to be seen and put right; the server says that it is none of the choices.
    select.append(new Option(text, text));
    select.value = text;
    return false;
  }
  select.value = option?.value ?? "";
  return true;
}

function tick(boxes, text) {
  const wanted = text.split(/[,;，；、]/).map(plain).filter(Boolean);
  const named = (each) => [plain(each.closest("label")?.textContent ?? ""), each.value];
  for (const each of boxes) each.checked = wanted.some((one) => named(each).includes(one));
  return boxes.filter((each) => each.checked).length === wanted.length;
}

/** Wire the rows of every form; comes before everything that wires inputs, because the empty rows go. */
export function startRows(part = document) {
  const tables = [...part.querySelectorAll("[data-rows]")].map((box) => new Rows(box)).filter((rows) => rows.add);
  if (!tables.length) return;
  handle("row-add", (_keys, { target }) => {
    (tables.find((rows) => rows.box.contains(target)) ?? tables[0]).addAndEnter();
    return true;
  });
}
