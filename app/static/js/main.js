// Wires the page: what every page has at once, the rest only where its data- attribute stands.

import { startConfirm } from "./confirm.js";
import { startShortcuts } from "./shortcuts.js";
import { startFrame } from "./frame.js";
import { startToasts } from "./toasts.js";
import { startTheme } from "./theme.js";

startConfirm();
startShortcuts();
startFrame();
startToasts();
startTheme();

const onDemand = [
  ["[data-guard]", () => import("./form.js").then((module) => module.startForms())],
  ["[data-pick]", () => import("./picker.js").then((module) => module.startPickers())],
  ["[data-list], [data-narrow], [data-count]", () => import("./list.js").then((module) => module.startList())],
];

for (const [selector, start] of onDemand) {
  if (document.querySelector(selector)) start();
}
