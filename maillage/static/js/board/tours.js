/* <maillage-tours data-contours data-names data-style data-worker data-bounds data-credit data-rank>
   The map of the tours of one week. It draws what the list beside it says: rows with
   data-from and data-to are ways, items with data-at are where copies are. A slider
   and a button let the weeks go by; without JavaScript the form above does. */
import { palette, recolor, style, token } from "../map/style.js";

const STEP_MS = 1500;
const GLIDE_MS = 700;
const RING_MS = 150; // who goes through the bars has the map follow when they stop

const point = (text) => text.split(",").map(Number);
const collection = (features) => ({ type: "FeatureCollection", features });

class MaillageTours extends HTMLElement {
  connectedCallback() {
    this.list = document.querySelector("[data-tours-list]");
    this.form = document.querySelector("[data-tours-form]");
    this.slider = this.querySelector("[data-tours-slider]");
    this.button = this.querySelector("[data-tours-play]");
    this.options = [...this.form.elements.week.options];
    this.kept = new Map();
    this.form.classList.add("is-on");
    this.querySelector("[data-tours-tools]").hidden = false;
    this.classList.add("is-on");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.listen();
    this.label();
    this.reveal();
    this.watch = new IntersectionObserver(([seen]) => seen.isIntersecting && this.open(), { rootMargin: "200px" });
    this.watch.observe(this);
  }

  disconnectedCallback() {
    this.stop();
    this.watch?.disconnect();
    this.themes?.disconnect();
    this.map?.remove(); // htmx swapped us out
  }

  listen() {
    this.slider.addEventListener("input", () => {
      this.stop();
      this.label();
      this.go(Number(this.slider.value));
    });
    this.button.addEventListener("click", () => (this.timer ? this.stop() : this.play()));
    this.form.addEventListener("change", () => this.go(this.form.elements.week.selectedIndex));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.go(this.form.elements.week.selectedIndex);
    });
    this.list.addEventListener("click", (event) => {
      const turn = event.target.closest("[data-week]");
      const find = event.target.closest("[data-find]");
      if (turn) {
        event.preventDefault();
        this.go(this.options.findIndex((option) => option.value === turn.dataset.week));
      }
      if (find) document.dispatchEvent(new CustomEvent("board:find", { detail: { request: Number(find.dataset.find) } }));
    });
    for (const kind of ["focusin", "pointerover"])
      this.list.addEventListener(kind, (event) => this.mark(event.target.closest("[data-copy]")?.dataset.copy));
    document.addEventListener("board:chosen", (event) => this.mark(String(event.detail.copy)));
    document.addEventListener("board:changed", () => {
      this.kept.clear();
      this.go(Number(this.slider.value));
    });
  }

  label() {
    this.slider.setAttribute("aria-valuetext", this.options[this.slider.value].label);
  }

  play() {
    this.button.textContent = this.button.dataset.stop;
    const next = () => {
      const rank = (Number(this.slider.value) + 1) % this.options.length;
      this.go(rank);
    };
    this.timer = setInterval(next, STEP_MS);
    next();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = 0;
    this.button.textContent = this.button.dataset.start;
  }

  /* Another week: its list comes from the server, the map follows the list. */
  async go(rank) {
    if (rank < 0) return;
    const week = this.options[rank].value;
    this.slider.value = rank;
    this.form.elements.week.selectedIndex = rank;
    this.label();
    const html = await this.page(week);
    if (html === null || Number(this.slider.value) !== rank) return;
    const had = this.list.contains(document.activeElement) ? document.activeElement.textContent : "";
    this.list.replaceChildren(document.createRange().createContextualFragment(html));
    if (had) [...this.list.querySelectorAll("[data-week]")].find((link) => link.textContent === had)?.focus();
    history.replaceState(null, "", `?week=${week}${location.hash}`);
    this.reveal();
    this.draw();
  }

  async page(week) {
    if (this.kept.has(week)) return this.kept.get(week);
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const headers = { "HX-Request": "true" };
      const response = await fetch(`?week=${week}`, { headers, signal: this.asking.signal });
      if (!response.ok) return null;
      const html = await response.text();
      this.kept.set(week, html);
      return html;
    } catch {
      return null;
    }
  }

  reveal() {
    for (const button of this.list.querySelectorAll("[data-find]")) button.hidden = false;
  }

  /* -- the map -- */

  async open() {
    this.watch.disconnect();
    const [{ Map, setWorkerUrl, AttributionControl }, { feature }] = await Promise.all([
      import("../../npm/maplibre-gl/maplibre-gl.mjs"),
      import("../../npm/topojson-client/index.js"),
      sheet(this.dataset.style),
    ]);
    setWorkerUrl(this.dataset.worker);
    this.map = new Map({
      container: this.querySelector("[data-tours-frame]"),
      style: style(palette()),
      bounds: JSON.parse(this.dataset.bounds),
      fitBoundsOptions: { padding: 16 },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: 0,
      keyboard: false,
      cooperativeGestures: false,
      scrollZoom: false,
    });
    this.map.getCanvas().tabIndex = -1; // the list beside it says the same
    this.map.addControl(new AttributionControl({ customAttribution: this.dataset.credit }), "bottom-right");
    for (const one of this.querySelectorAll(".maplibregl-ctrl button, .maplibregl-ctrl summary")) one.tabIndex = -1;
    this.map.on("load", async () => {
      this.layers();
      this.draw();
      const topology = await (await fetch(this.dataset.contours)).json();
      for (const name of ["region", "epci", "departments"])
        this.map.getSource(name).setData(feature(topology, topology.objects[name]));
      this.map.getSource("names").setData(await (await fetch(this.dataset.names)).json());
      this.map.once("idle", () => (this.dataset.state = "idle"));
    });
    this.themes = new MutationObserver(() => this.recolor());
    this.themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolor());
  }

  paints() {
    const way = ["match", ["get", "kind"], "direct", token("--saffron-4"), "home", token("--ink-4"), token("--teal-4")];
    return {
      "ways-halo": { "line-color": token("--paper-raised"), "line-width": 5, "line-opacity": 0.8 },
      ways: { "line-color": way, "line-width": 2.6 },
      "ways-home": { "line-color": token("--ink-4"), "line-width": 2, "line-dasharray": [2, 2] },
      spots: {
        "circle-radius": ["case", ["get", "busy"], 6, 4],
        "circle-color": ["case", ["get", "busy"], token("--teal-5"), token("--paper-raised")],
        "circle-stroke-color": ["case", ["get", "busy"], token("--paper-raised"), token("--ink-4")],
        "circle-stroke-width": ["case", ["get", "busy"], 2, 1.5],
      },
      chosen: {
        "circle-radius": 13, "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": token("--saffron-4"), "circle-stroke-width": 4,
      },
    };
  }

  layers() {
    const paints = this.paints();
    const empty = { type: "geojson", data: collection([]) };
    for (const name of ["ways", "spots", "chosen"]) this.map.addSource(name, empty);
    const line = (id, filter) =>
      this.map.addLayer({ id, type: "line", source: "ways", layout: { "line-cap": "round" }, paint: paints[id], ...(filter && { filter }) });
    line("ways-halo");
    line("ways", ["!=", ["get", "kind"], "home"]);
    line("ways-home", ["==", ["get", "kind"], "home"]);
    this.map.addLayer({ id: "spots", type: "circle", source: "spots", paint: paints.spots });
    this.map.addLayer({ id: "chosen", type: "circle", source: "chosen", paint: paints.chosen });
  }

  recolor() {
    if (!this.map?.isStyleLoaded()) return;
    recolor(this.map, palette());
    for (const [layer, paint] of Object.entries(this.paints()))
      for (const [name, value] of Object.entries(paint)) this.map.setPaintProperty(layer, name, value);
  }

  draw() {
    if (!this.map?.getSource("ways")) return;
    const ways = [...this.list.querySelectorAll("[data-way]")].map((row) => ({
      type: "Feature",
      properties: { kind: row.dataset.way, copy: row.dataset.copy },
      geometry: { type: "LineString", coordinates: arc(point(row.dataset.from), point(row.dataset.to)) },
    }));
    this.map.getSource("ways").setData(collection(ways));
    const now = new Map();
    for (const item of this.list.querySelectorAll("[data-at]"))
      now.set(item.dataset.copy, { at: point(item.dataset.at), busy: "busy" in item.dataset });
    this.glide(this.now ?? now, now);
    this.now = now;
    this.mark(this.marked);
  }

  /* Copies slide from where they were, unless the person wants no motion. */
  glide(from, to) {
    cancelAnimationFrame(this.gliding);
    const began = performance.now();
    const lasts = this.still.matches || from === to ? 0 : GLIDE_MS;
    const step = (now) => {
      const t = lasts ? Math.min(1, (now - began) / lasts) : 1;
      const eased = t * t * (3 - 2 * t);
      const spots = [...to].map(([copy, { at, busy }]) => {
        const start = from.get(copy)?.at ?? at;
        const coordinates = [0, 1].map((i) => start[i] + (at[i] - start[i]) * eased);
        return { type: "Feature", properties: { copy, busy }, geometry: { type: "Point", coordinates } };
      });
      spots.sort((a, b) => a.properties.busy - b.properties.busy);
      this.map.getSource("spots").setData(collection(spots));
      if (t < 1) this.gliding = requestAnimationFrame(step);
    };
    step(began);
  }

  mark(copy) {
    this.marked = copy;
    for (const row of this.list.querySelectorAll(".is-marked")) row.classList.remove("is-marked");
    for (const row of copy ? this.list.querySelectorAll(`[data-copy="${copy}"]`) : []) row.classList.add("is-marked");
    clearTimeout(this.ringing);
    this.ringing = setTimeout(() => this.ring(), RING_MS);
  }

  /* The ring around the marked copy; not drawn again where nothing changes. */
  ring() {
    const source = this.map?.getSource("chosen");
    const at = this.now?.get(this.marked)?.at;
    if (!source || String(at) === this.ringed) return;
    this.ringed = String(at);
    const shown = at ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at } }] : [];
    source.setData(collection(shown));
  }
}

/* The styles of the map, which is mostly below what is first seen. */
const sheet = (href) =>
  new Promise((done) => {
    const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
    link.onload = link.onerror = done;
    document.head.append(link);
  });

/* A way drawn with a slight bend, so that there and back do not hide each other. */
const arc = ([x, y], [u, v]) => {
  const points = [];
  const bend = 0.12;
  const middle = [(x + u) / 2 - (v - y) * bend, (y + v) / 2 + (u - x) * bend];
  for (let i = 0; i <= 16; i++) {
    const t = i / 16;
    points.push([0, 1].map((k) => (1 - t) ** 2 * [x, y][k] + 2 * t * (1 - t) * middle[k] + t * t * [u, v][k]));
  }
  return points;
};

customElements.define("maillage-tours", MaillageTours);
