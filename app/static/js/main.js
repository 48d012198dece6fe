// Wires the page by its data- attributes. All modules load before the page counts as loaded, so no early key is lost.

import { startConditions } from "./conditions.js";
import { startBuilder } from "./builder.js";
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
import { startShaping } from "./shaping.js";
import { startShortcuts } from "./shortcuts.js";
import { startTheme } from "./theme.js";
import { startToasts } from "./toasts.js";

startConfirm();
startFrame();
startPickers();
startForms();
startHistory();
startConditions();
startShaping();
startList();
startJobs();
startProgress();
startMarks();
startPalette();
startBuilder();
startShortcuts();
startTheme();
startToasts();
