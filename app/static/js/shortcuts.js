// Keys for people who work all day. The help overlay is the table of keys: what it doesn't say, no key does, and what
// no script of this page offers, it doesn't say.

import { isTyping } from "./words.js";

const PAUSE_BETWEEN_KEYS = 1000;
const offers = new Map();
const table = new Map();
const help = document.getElementById("help");

/** Do `action(keys, event)` when the keys of the overlay's line `does` are pressed, as long as it is `possible()`. */
export function handle(does, action, possible = () => true) {
  offers.set(does, { action, possible });
}

/** Show the keys of this page. */
export function showHelp() {
  if (!help?.showModal) return;
  help.querySelector("[data-go-keys]")?.remove();
  help.querySelector(".shortcuts").append(menuLines());
  for (const way of help.querySelectorAll("[data-keys]:empty")) way.append(...capsOf(way.dataset.keys));
  for (const line of help.querySelectorAll(".shortcuts [data-keys-of]")) line.hidden = !isAtHand(line);
  for (const group of help.querySelectorAll(".shortcuts section")) group.hidden = !group.querySelector("[data-keys-of]:not([hidden])");
  help.showModal();
}

/** Keys as they look on the keyboard; drawn only when looked at, because every page carries the table. */
const capsOf = (keys) => keys.split(/[ +]/).map((key) => Object.assign(document.createElement("kbd"), { textContent: key }));

const areLettersOn = () => document.documentElement.dataset.letters !== "off";
const needsLetters = (keys) => keys.split(" ").every((key) => key.replace("Shift+", "").length === 1);

function isAtHand(line) {
  let ways = 0;
  for (const way of line.querySelectorAll("[data-keys]")) {
    way.hidden = needsLetters(way.dataset.keys) && !areLettersOn();
    if (!way.hidden) ways += 1;
  }
  const { keysOf, where } = line.dataset;
  return ways > 0 && (keysOf ? Boolean(offers.get(keysOf)?.possible()) : Boolean(document.querySelector(where)));
}

const menuLinks = () => [...document.querySelectorAll("#side a[data-go]")];

/** The menu's own letters, as lines of the overlay. */
function menuLines() {
  const list = document.createElement("section");
  list.dataset.goKeys = "";
  const title = document.createElement("h3");
  title.textContent = help.dataset.menu;
  list.append(title);
  const lines = document.createElement("dl");
  for (const link of menuLinks()) {
    const line = document.createElement("div");
    line.dataset.keysOf = "go";
    const what = document.createElement("dd");
    what.textContent = link.textContent.trim();
    const keys = document.createElement("dt");
    const way = document.createElement("span");
    way.dataset.keys = link.dataset.go;
    keys.append(way);
    line.append(keys, what);
    lines.append(line);
  }
  list.append(lines);
  return list;
}

function readTable() {
  for (const way of help?.querySelectorAll("[data-keys-of] [data-keys]") ?? []) {
    const does = way.closest("[data-keys-of]").dataset.keysOf;
    if (does) table.set(way.dataset.keys, does);
  }
  for (const link of menuLinks()) table.set(link.dataset.go, "go");
}

/** What was pressed, as the table writes it: ⌘ counts as Ctrl. */
function pressed(event) {
  if (!event.ctrlKey && !event.metaKey) return event.shiftKey && /^[A-Z]$/.test(event.key) ? `Shift+${event.key}` : event.key;
  return `Ctrl+${event.shiftKey ? "Shift+" : ""}${event.key.length === 1 ? event.key.toUpperCase() : event.key}`;
}

const leadsOn = (key) => [...table.keys()].some((keys) => keys.startsWith(`${key} `));

function isElsewhere(event, keys) {
  if (event.isComposing || event.altKey || event.defaultPrevented || document.querySelector("dialog[open]")) return true;
  return needsLetters(keys) && (!areLettersOn() || isTyping(event.target));
}

/** Listen for the keys of the overlay, and offer what every page can do. */
export function startShortcuts() {
  let before = { key: "", at: -Infinity };
  readTable();
  offerEverywhere();
  document.addEventListener("keydown", (event) => {
    const key = pressed(event);
    if (isElsewhere(event, key)) return;
    // A letter after g is an entry of the menu or nothing: g n must not add a record.
    const isSecond = event.timeStamp - before.at < PAUSE_BETWEEN_KEYS && leadsOn(before.key);
    const keys = isSecond ? `${before.key} ${key}` : key;
    before = { key: isSecond ? "" : key, at: event.timeStamp };
    const offer = offers.get(table.get(keys));
    if (offer?.possible() && offer.action(keys, event) !== false) event.preventDefault();
  });
}

function offerEverywhere() {
  document.querySelector("[data-help]")?.addEventListener("click", showHelp);
  handle("help", showHelp);
  handle("home", () => window.location.assign("/"));
  handle("go", (keys) => menuLinks().find((link) => link.dataset.go === keys)?.click());
  offerLink("new", "[data-new]");
  offerLink("edit", "[data-edit]");
  offerLink("pin", "[data-pin]");
  offerLink("duplicate", "[data-duplicate]");
  offerLink("previous-record", "[data-previous]");
  offerLink("next-record", "[data-next]");
  offerLink("back", "[data-back]");
  const search = document.getElementById("q");
  if (search) handle("list-search", () => search.select());
}

function offerLink(does, selector) {
  const link = document.querySelector(selector);
  if (link) handle(does, () => link.click());
}
