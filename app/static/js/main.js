// Wires the page by its data- attributes. All modules load before the page counts as loaded, so no early key is lost.

import { startCells } from "./cells.js";
import { startConditions } from "./conditions.js";
import { startBuilder } from "./builder.js";
import { startCreate } from "./create.js";
import { startConfirm } from "./confirm.js";
import { startForms } from "./form.js";
import { startFrame } from "./frame.js";
import { startHistory } from "./history.js";
import { startJobs } from "./job.js";
import { startList } from "./list.js";
import { startMarks } from "./marks.js";
import { startPalette } from "./palette.js";
import { startPickers } from "./picker.js";
import { startProgress } from "./progress.js";
import { startReveals } from "./reveal.js";
import { startRows } from "./rows.js";
import { startSelection } from "./selection.js";
import { startShaping } from "./shaping.js";
import { startShortcuts } from "./shortcuts.js";
import { startTheme } from "./theme.js";
import { startToasts } from "./toasts.js";
import { startWidths } from "./widths.js";

/** Wire the forms of the page, or of a part that came later: a form sent by script comes back with its messages. */
function startInputs(part = document) {
  startRows(part);
  startPickers(part);
  startForms(part);
  startConditions(part);
}

startConfirm();
startFrame();
startInputs();
document.addEventListener("page:part", (event) => startInputs(event.detail));
startHistory();
startReveals();
startCreate();
startShaping();
startSelection();
startList();
startCells();
startWidths();
startJobs();
startProgress();
startMarks();
startPalette();
startBuilder();
startShortcuts();
startTheme();
startToasts();
