/* Pieces of page from <template>, filled by name; texts come from the page. */

export const words = JSON.parse(document.getElementById("field-words")?.textContent ?? "{}");

export const say = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");

export function piece(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

export const slot = (node, name) => node.querySelector(`[data-slot="${name}"]`);

/* An empty text hides its place. */
export function fill(node, values) {
  for (const [name, value] of Object.entries(values)) {
    const place = slot(node, name);
    place.textContent = value;
    place.hidden = value === "" || value === undefined;
  }
  return node;
}

/* The radio buttons of a group, made of one that the template gives. */
export function choices(group, name, options, chosen) {
  const model = group.querySelector("label");
  for (const [value, text] of options) {
    const label = model.cloneNode(true);
    const box = label.querySelector("input");
    Object.assign(box, { name, value, checked: value === chosen });
    label.dataset.value = value;
    label.querySelector("span").textContent = text;
    group.append(label);
  }
  model.remove();
}

export const chosen = (group) => group.querySelector("input:checked")?.value ?? "";
