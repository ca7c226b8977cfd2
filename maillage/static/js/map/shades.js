/* Territories in shades: places for 10,000 inhabitants. The server cuts the classes
   and writes the table; here they are only painted. The select, data-map-shades, is
   part of the filters. */

import { token } from "./style.js";

const LAYERS = { epci: "shades-epci", department: "shades-department" };

export class Shades {
  constructor(host) {
    this.host = host;
    this.panel = document.querySelector("[data-map-shades-panel]");
  }

  get level() {
    const asked = new URLSearchParams(this.host.query).get("shades") ?? "";
    return asked in LAYERS ? asked : "";
  }

  async choose() {
    const { map, dataset } = this.host;
    const { level } = this;
    if (this.panel) this.panel.hidden = !level;
    for (const [name, layer] of Object.entries(LAYERS))
      map.setLayoutProperty(layer, "visibility", name === level ? "visible" : "none");
    if (!level) return;
    const response = await fetch(`${dataset.territories}?${this.host.query}`);
    if (!response.ok) return;
    const { property, classes, table } = await response.json();
    map.setPaintProperty(LAYERS[level], "fill-color", this.colors(property, classes));
    map.setPaintProperty(LAYERS[level], "fill-opacity", 0.82);
    this.panel?.replaceChildren(document.createRange().createContextualFragment(table));
  }

  colors(property, classes) {
    const found = classes.flatMap(({ codes }, i) =>
      codes.length ? [codes, token(`--shade-${i + 1}`)] : [],
    );
    return found.length ? ["match", ["get", property], ...found, "transparent"] : "transparent";
  }
}
