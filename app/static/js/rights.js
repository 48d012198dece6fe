// The table of rights: "all" of a row, a column or a group, what differs from the saved state, and arrow keys.
// Without it the "all" buttons ask the server, and the server marks what differs.

const table = document.querySelector("[data-rights]");
const boxes = (within) => [...within.querySelectorAll("input[name=granted]:not(:disabled)")];

/** Mark a box whose state differs from what is saved. */
function mark(box) {
  (box.closest(".form-check") || box.closest("td")).classList.toggle("changed", box.checked !== box.hasAttribute("data-held"));
}

/** Return the boxes that an "all" button means. */
function meant(which) {
  const [kind, ...rest] = which.split(":");
  const name = rest.join(":");
  if (kind === "verb") return boxes(table).filter((box) => box.closest("[data-screen]") && box.value.endsWith(`:${name}`));
  return boxes(table.querySelector(kind === "group" ? `[data-group="${name}"]` : `[data-screen="${name}"]`));
}

table.addEventListener("change", (event) => mark(event.target));

table.addEventListener("click", (event) => {
  const button = event.target.closest("[data-all]");
  if (!button) return;
  event.preventDefault();
  const chosen = meant(button.dataset.all);
  const on = !chosen.every((box) => box.checked);
  for (const box of chosen) {
    box.checked = on;
    mark(box);
  }
  chosen[0]?.dispatchEvent(new Event("input", { bubbles: true }));
});

table.addEventListener("keydown", (event) => {
  const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
  const cell = event.target.matches("input[name=granted]") && event.target.closest("[data-screen] td");
  if (!step || !cell) return;
  event.preventDefault();
  const rows = [...table.querySelectorAll("tr[data-screen]")];
  let [row, column] = [rows.indexOf(cell.parentElement), cell.cellIndex];
  for (;;) {
    row += step[0];
    column += step[1];
    const next = rows[row]?.cells[column];
    if (!next) return;
    const box = next.querySelector("input[name=granted]:not(:disabled)");
    if (box) {
      box.focus();
      return;
    }
  }
});
