// Conditional fields: an input shows while another one holds one of the values that its wrapper names.

function valuesOf(form, name) {
  const inputs = [...form.elements].filter((each) => each.name === name && !each.matches("[type=hidden][data-idle]"));
  const values = inputs.flatMap((input) => {
    if (input.matches("[type=checkbox], [type=radio]")) return input.checked ? [input.value] : [];
    if (input instanceof HTMLSelectElement) return [...input.selectedOptions].map((option) => option.value);
    return [input.value];
  });
  const box = inputs.length === 1 && inputs[0].matches("[type=checkbox]");
  return box && !values.length ? ["0"] : values;
}

function update(form) {
  const places = [...form.querySelectorAll("[data-when]")];
  const byName = new Map(places.flatMap((place) =>
    [...place.querySelectorAll("[name]")].map((input) => [input.name, place])));
  // What hangs on a field that does not show does not show either: each round settles one more link of a chain.
  for (let round = 0; round < 4; round += 1) {
    for (const place of places) {
      const wanted = JSON.parse(place.dataset.whenValues);
      const hangsOnHidden = byName.get(place.dataset.when)?.hidden ?? false;
      place.hidden = hangsOnHidden || !valuesOf(form, place.dataset.when).some((value) => wanted.includes(value));
    }
  }
}

/** Show and hide the conditional inputs of every form of a part, now and whenever something is chosen. */
export function startConditions(part = document) {
  for (const form of part.querySelectorAll("form")) {
    // Rows that are added later may have some.
    if (!form.querySelector("[data-when], [data-rows]")) continue;
    form.addEventListener("change", () => update(form));
    update(form);
  }
}
