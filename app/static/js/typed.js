// What stands in a form, as a value: read, put back, and compared. Files can't be read, so they only leave a note.

// They belong to the page, not to what was typed.
const NOT_TYPED = new Set(["csrf_token"]);
// They say what was started from; they are put back, but nobody reads them.
const HIDDEN_WORK = new Set(["row_version", "base", "ticket", "in"]);
const isHiddenWork = (name) => HIDDEN_WORK.has(name) || /^rows\..*\.(row_version|base|ticket|id)$/.test(name);

const named = (form) => [...form.elements].filter((each) => each.name && !NOT_TYPED.has(each.name) && each.type !== "submit" && each.type !== "button");
const isTick = (input) => input.type === "checkbox" || input.type === "radio";

function valuesOf(input) {
  if (isTick(input)) return input.checked ? [input.value] : [];
  if (input instanceof HTMLSelectElement) return [...input.selectedOptions].map((option) => option.value);
  return [input.value];
}

const titleOf = (picked) => [...picked.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.data).join("").trim();

function picks(box) {
  if ("multiple" in box.dataset) return [...box.querySelectorAll(".picked")].map((each) => [each.querySelector("input").value, titleOf(each)]);
  const token = box.querySelector("input[type=hidden]").value;
  return token ? [[token, box.querySelector("[role=combobox]").value]] : [];
}

const pickers = (form) => [...form.querySelectorAll("[data-pick][data-name]")];

/** Return all that stands in `form`: texts by input name, what pickers hold with its titles, and whether files wait. */
export function read(form) {
  const texts = {};
  let files = false;
  for (const input of named(form)) {
    if (input.type === "file") files ||= input.files.length > 0;
    else if (input.name.endsWith(".kept")) files = true;
    else (texts[input.name] ??= []).push(...valuesOf(input));
  }
  return { texts, picked: Object.fromEntries(pickers(form).map((box) => [box.dataset.name, picks(box)])), files };
}

function put(input, values, place) {
  if (isTick(input)) input.checked = values.includes(input.value);
  else if (input instanceof HTMLSelectElement) for (const option of input.options) option.selected = values.includes(option.value);
  else if (values[place] !== undefined) {
    input.value = values[place];
    // A date that was typed in words: the browser's own input would drop it.
    if (input.value !== values[place] && /^date/.test(input.type)) Object.assign(input, { type: "text", value: values[place] });
  }
}

/** Put what `read` returned back into `form`; scripts that add inputs hear `draft:fill` first. */
export function fill(form, content) {
  form.dispatchEvent(new CustomEvent("draft:fill", { detail: content }));
  for (const box of pickers(form)) {
    const picked = content.picked[box.dataset.name];
    if (picked) box.dispatchEvent(new CustomEvent("picker:put", { detail: picked }));
  }
  const places = new Map();
  for (const input of named(form)) {
    const values = content.texts[input.name];
    if (!values || input.type === "file" || input.closest("[data-pick]")) continue;
    const place = places.get(input.name) ?? 0;
    places.set(input.name, place + 1);
    put(input, values, place);
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function labelOf(form, name) {
  const input = named(form).find((each) => each.name === name);
  const label = input?.closest(".field")?.querySelector("label, .label")?.cloneNode(true);
  label?.querySelector(".optional")?.remove();
  return label?.textContent.trim() || name;
}

function wordsOf(form, name, content) {
  if (content.picked[name]) return content.picked[name].map(([, title]) => title).join(", ");
  const inputs = named(form).filter((each) => each.name === name);
  const words = (content.texts[name] ?? []).map((value) => {
    const option = inputs.flatMap((input) => [...(input.options ?? [])]).find((each) => each.value === value);
    const tick = inputs.find((input) => isTick(input) && input.value === value);
    return option?.textContent.trim() ?? (tick ? (tick.closest("label")?.textContent.trim() ?? "✓") : value);
  });
  return words.filter(Boolean).join(", ");
}

const asText = (content, name) => JSON.stringify((content.picked[name]?.map(([token]) => token) ?? content.texts[name] ?? []).filter(Boolean)).replaceAll("\\r", "");

/** Return the lines (label, what it was, what was typed) in which `content` differs from what stands in `form`. */
export function differences(form, content) {
  const now = read(form);
  const names = new Set([...Object.keys(now.texts), ...Object.keys(now.picked)]);
  return [...names]
    .filter((name) => !isHiddenWork(name) && (name in content.texts || name in content.picked))
    .filter((name) => asText(content, name) !== asText(now, name))
    .map((name) => ({ label: labelOf(form, name), typed: wordsOf(form, name, content) }))
    .concat(newRows(form, now, content));
}

/** What was typed into rows that had been added to the form, by the list that they belong to. */
function newRows(form, now, content) {
  const lists = [...form.querySelectorAll("[data-rows]")];
  return Object.entries(content.texts)
    .filter(([name, values]) => name.startsWith("rows.") && !(name in now.texts) && !isHiddenWork(name) && values.some(Boolean))
    .map(([name, values]) => [lists.find((box) => name.startsWith(`rows.${box.dataset.rows}.`)), values])
    .filter(([box]) => box)
    .map(([box, values]) => ({ label: box.querySelector("legend").textContent, typed: values.join(", ") }));
}
