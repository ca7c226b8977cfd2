/* <maillage-access-map data-src data-bounds data-contours data-names data-worker
                        data-none data-people data-border>
   Communes in the shade of their access, and the sites. The legend, the table and the
   files beside it say the same; the server cuts the classes. An event "maillage:data"
   on the element, with the same JSON as detail, paints other values. Where the scale is
   "gain", what loses is hatched too: nothing is said by colour alone. Codes in "hidden"
   are hatched whatever the scale. Communes near the border, whose figure is less sure, are
   dotted and say so. */
import { palette, recolor, style, token } from "../map/style.js";

const SITES = "access-sites";
const HATCH = "access-hatch";
const DOTS = "access-dots";
const LOSSES = 2; // the first classes of a scale of gains

const SIDE = 8; // pixels of a pattern
const oblique = (x, y) => (x + y) % SIDE < 2;
const dotted = (x, y) => x < 2 && y < 2;

function pattern(dark, inked) {
  const data = new Uint8Array(4 * SIDE * SIDE);
  const ink = dark ? 255 : 0;
  for (let k = 0; k < SIDE * SIDE; k++)
    data.set(inked(k % SIDE, Math.floor(k / SIDE)) ? [ink, ink, ink, 190] : [0, 0, 0, 0], 4 * k);
  return { width: SIDE, height: SIDE, data };
}

export class AccessMap extends HTMLElement {
  async connectedCallback() {
    const [library, topology] = await Promise.all([
      import("../../npm/maplibre-gl/maplibre-gl.mjs"),
      import("../../npm/topojson-client/index.js"),
    ]);
    if (!this.isConnected) return;
    this.library = library;
    this.feature = topology.feature;
    library.setWorkerUrl(this.dataset.worker);
    this.open();
  }

  disconnectedCallback() {
    this.themes?.disconnect();
    this.map?.remove();
  }

  open() {
    const frame = this.querySelector("[data-map-frame]");
    this.map = new this.library.Map({
      container: frame,
      style: style(palette()),
      bounds: JSON.parse(this.dataset.bounds),
      fitBoundsOptions: { padding: 12 },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: 0,
      cooperativeGestures: true,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new this.library.NavigationControl({ showCompass: false }), "top-right");
    this.map.on("load", () => this.fill());
    this.themes = new MutationObserver(() => {
      recolor(this.map, palette());
      if (this.told) this.paint(this.told);
    });
    this.themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.addEventListener("maillage:data", ({ detail }) => this.paint(detail));
  }

  async fill() {
    const [topology, names, told] = await Promise.all([
      fetch(this.dataset.contours).then((answer) => answer.json()),
      fetch(this.dataset.names).then((answer) => answer.json()),
      this.dataset.src ? fetch(this.dataset.src).then((answer) => answer.json()) : null,
    ]);
    if (!this.isConnected) return; // another choice has put another map in its place
    for (const name of ["region", "epci", "departments", "communes"])
      this.map.getSource(name).setData(this.feature(topology, topology.objects[name]));
    this.map.getSource("names").setData(names);
    this.map.addLayer({ id: "access", type: "fill", source: "communes", paint: {} }, "communes");
    for (const [id, inked] of [[HATCH, oblique], [DOTS, dotted]]) {
      this.map.addImage(id, pattern(false, inked));
      this.map.addLayer(
        { id, type: "fill", source: "communes", filter: ["==", "insee", ""], paint: { "fill-pattern": id } },
        "communes",
      );
    }
    this.map.addSource(SITES, { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    this.map.addLayer({ id: SITES, type: "circle", source: SITES, paint: {} });
    for (const event of ["mousemove", "click"])
      this.map.on(event, "access", ({ features: [found] }) => this.tell(found.properties));
    if (told) this.paint(told);
    this.map.once("idle", () => {
      this.dataset.state = "idle";
      this.dispatchEvent(new CustomEvent("maillage:ready"));
    });
  }

  paint(told) {
    this.told = told;
    if (!this.map.getLayer("access")) return;
    const found = told.classes.flatMap(({ codes }, i) =>
      codes.length ? [codes, token(`--${told.scale ?? "shade"}-${i + 1}`)] : [],
    );
    const color = found.length ? ["match", ["get", "insee"], ...found, "transparent"] : "transparent";
    this.map.setPaintProperty("access", "fill-color", color);
    this.map.setPaintProperty("access", "fill-opacity", 0.85);
    const losses = told.scale === "gain" ? told.classes.slice(0, LOSSES).flatMap(({ codes }) => codes) : [];
    const [red] = getComputedStyle(this).color.match(/[\d.]+/g) ?? [0];
    const hatched = told.hidden ?? losses;
    const dark = red > 128; // light letters
    for (const [id, inked, codes] of [[HATCH, oblique, hatched], [DOTS, dotted, told.border ?? []]]) {
      this.map.updateImage(id, pattern(dark, inked));
      this.map.setFilter(id, ["in", ["get", "insee"], ["literal", codes]]);
    }
    this.map.getSource(SITES).setData({
      type: "FeatureCollection",
      features: told.sites.map(([lon, lat, name, travels, key, depot]) => ({
        type: "Feature",
        properties: { name, travels: travels ? 1 : 0, depot: depot ? 1 : 0, new: key?.startsWith("new-") ? 1 : 0 },
        geometry: { type: "Point", coordinates: [lon, lat] },
      })),
    });
    const look = {
      "circle-radius": ["case", ["==", ["get", "new"], 1], 6.5, ["==", ["get", "travels"], 1], 3.5, 4.5],
      "circle-color": [
        "case",
        ["==", ["get", "depot"], 1],
        token("--ink-6"),
        ["any", ["==", ["get", "travels"], 1], ["==", ["get", "new"], 1]],
        token("--saffron-4"),
        token("--paper-raised"),
      ],
      "circle-stroke-color": token("--ink-6"),
      "circle-stroke-width": 1.5,
    };
    for (const [name, value] of Object.entries(look)) this.map.setPaintProperty(SITES, name, value);
  }

  tell({ insee, name }) {
    const place = this.querySelector("[data-told]");
    if (!this.told || !place || this.over === insee) return;
    this.over = insee;
    const [, value, people, isAtBorder] = this.told.values[insee] ?? [];
    const gains = this.told.scale === "gain" && "unchanged" in this.dataset;
    const language = document.documentElement.lang;
    const number = new Intl.NumberFormat(language, { maximumFractionDigits: 2, signDisplay: gains ? "exceptZero" : "auto" });
    const said = value ? number.format(value) : this.dataset.none;
    const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
    const who = people === undefined ? "" : ` (${whole.format(people)} ${this.dataset.people})`;
    const doubt = isAtBorder ? `, ${this.dataset.border}` : "";
    place.textContent = `${name} : ${said}${who}${doubt}`;
  }
}

customElements.define("maillage-access-map", AccessMap);
