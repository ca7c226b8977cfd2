/* <maillage-map data-points data-list data-cards data-territories data-names
                 data-contours data-communes data-worker data-symbols data-bounds …>
   The list beside the map is the page without JavaScript; with it, the list follows
   what is in view. The filters are an ordinary form, data-map-filters, whose state is
   the address of the page; the view (zoom, latitude, longitude) is its #fragment.
   data-state goes from "loading" to "idle" when all is drawn. */
import { features, readPoints } from "./points.js";
import { palette, recolor, style } from "./style.js";
import { draw, picture } from "./symbols.js";
import { Shades } from "./shades.js";

const later = (wait, work) => {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, wait);
  };
};

class MaillageMap extends HTMLElement {
  async connectedCallback() {
    this.state = "loading";
    this.form = document.querySelector("[data-map-filters]");
    this.list = document.querySelector("[data-map-list]");
    this.symbols = JSON.parse(this.dataset.symbols);
    const legend = document.querySelector(".map-legend");
    if (legend && matchMedia("(width < 56rem)").matches) legend.open = false; // the map first
    this.drawLegend();
    this.library = await import("../../npm/maplibre-gl/maplibre-gl.mjs");
    this.library.setWorkerUrl(this.dataset.worker);
    this.classList.add("is-on");
    this.open();
  }

  disconnectedCallback() {
    this.themes?.disconnect();
    this.map?.remove(); // htmx swapped us out
  }

  set state(name) {
    this.dataset.state = name;
  }

  get base() {
    return { tiles: this.dataset.tiles, tilesCredit: this.dataset.tilesCredit };
  }

  open() {
    const { Map, NavigationControl, GeolocateControl, ScaleControl, AttributionControl } = this.library;
    const frame = this.querySelector("[data-map-frame]");
    this.map = new Map({
      container: frame,
      style: style(palette(), this.base),
      bounds: JSON.parse(this.dataset.bounds),
      // beside the legend, where there is room for both
      fitBoundsOptions: { padding: { top: 24, right: 24, bottom: 24, left: frame.clientWidth > 760 ? 230 : 24 } },
      hash: "vue",
      minZoom: 5,
      maxZoom: 17,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      fadeDuration: 0,
      locale: JSON.parse(this.dataset.locale),
      cooperativeGestures: this.hasAttribute("cooperative"),
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new GeolocateControl({ showAccuracyCircle: false }), "top-right");
    this.map.addControl(new ScaleControl(), "bottom-left");
    this.map.addControl(new AttributionControl({ customAttribution: this.dataset.credit }), "bottom-right");
    this.map.on("load", () => this.fill());
    this.shades = new Shades(this);
  }

  async fill() {
    this.signs();
    this.listen();
    await Promise.all([this.base_(), this.points()]);
    this.shades.choose();
    this.map.once("idle", () => {
      this.state = "idle";
      performance.mark("maillage-map-idle");
    });
  }

  signs() {
    this.symbols.forEach((symbol, i) => {
      const image = picture(symbol);
      const name = `sign-${i}`;
      if (this.map.hasImage(name)) this.map.updateImage(name, image);
      else this.map.addImage(name, image, { pixelRatio: 2 });
    });
  }

  /* Only the signs of the kinds that are shown. */
  get kinds() {
    const asked = new URLSearchParams(this.query).getAll("kind");
    return asked.length ? asked : ["place"];
  }

  drawLegend() {
    for (const line of document.querySelectorAll("[data-sign-kind]"))
      line.hidden = !this.kinds.includes(line.dataset.signKind);
    for (const canvas of document.querySelectorAll("canvas[data-symbol]")) {
      canvas.width = canvas.height = 44;
      draw(canvas.getContext("2d"), this.symbols[canvas.dataset.symbol]);
    }
  }

  async base_() {
    const { feature, mesh } = await import("../../npm/topojson-client/index.js");
    const topology = await (await fetch(this.dataset.contours)).json();
    const { region, epci, departments } = topology.objects;
    this.map.getSource("region").setData(feature(topology, region));
    this.map.getSource("epci").setData(feature(topology, epci));
    this.map.getSource("departments").setData(feature(topology, departments));
    const names = await (await fetch(this.dataset.names)).json();
    this.map.getSource("names").setData(names);
    const communes = async () => {
      if (this.map.getZoom() < 9) return;
      this.map.off("zoomend", communes);
      const all = await (await fetch(this.dataset.communes)).json();
      this.map.getSource("communes").setData(mesh(all, all.objects.communes, (a, b) => a !== b));
    };
    this.map.on("zoomend", communes);
    communes();
  }

  async points() {
    this.reading?.abort();
    this.reading = new AbortController();
    const url = `${this.dataset.points}?${this.query}`;
    try {
      const read = await readPoints(url, this.reading.signal);
      this.map.getSource("points").setData(features(read));
    } catch (error) {
      if (error.name !== "AbortError") this.say(this.dataset.failed);
    }
  }

  /* What the form asks for, as a query string. */
  get query() {
    if (!this.form) return new URLSearchParams(location.search).toString();
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(this.form)) if (value) asked.append(name, value);
    return asked.toString();
  }

  listen() {
    const { map } = this;
    this.refresh = later(250, () => this.showInView());
    map.on("moveend", this.refresh);
    map.on("click", "clusters", (event) => this.openCluster(event));
    map.on("click", "points", (event) => this.openPoints(event));
    for (const layer of ["clusters", "points"]) {
      map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
      map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
    }
    this.form?.addEventListener("change", () => this.ask());
    this.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.ask();
    });
    for (const kind of ["focusin", "pointerover"])
      this.list?.addEventListener(kind, (event) => this.mark(event.target.closest("[data-lon]")));
    for (const kind of ["focusout", "pointerleave"])
      this.list?.addEventListener(kind, () => this.mark(null));
    this.themes = new MutationObserver(() => this.recolor());
    this.themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolor());
    this.refresh();
  }

  recolor() {
    if (!this.map?.isStyleLoaded()) return;
    recolor(this.map, palette(), this.base);
    this.shades.choose();
  }

  async ask() {
    const query = this.query;
    this.drawLegend();
    history.replaceState(null, "", `${location.pathname}?${query}${location.hash}`);
    await Promise.all([this.points(), this.showInView(), this.shades.choose()]);
  }

  async showInView() {
    if (!this.list) return;
    const { _sw, _ne } = this.map.getBounds();
    const box = [_sw.lng, _sw.lat, _ne.lng, _ne.lat].map((x) => x.toFixed(5)).join(",");
    const response = await fetch(`${this.dataset.list}?${this.query}&bbox=${box}`);
    if (response.ok) this.list.replaceChildren(fragment(await response.text()));
  }

  mark(item) {
    const at = item && [Number(item.dataset.lon), Number(item.dataset.lat)];
    this.map.getSource("focus").setData({
      type: "FeatureCollection",
      features: at ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at } }] : [],
    });
    const { map } = this;
    if (at && item.matches(":focus-within") && !map.getBounds().contains(at)) map.easeTo({ center: at });
  }

  async openCluster({ features: [cluster] }) {
    const source = this.map.getSource("points");
    const { cluster_id: id, point_count: count } = cluster.properties;
    const center = cluster.geometry.coordinates;
    const zoom = await source.getClusterExpansionZoom(id);
    if (zoom <= 13) return this.map.easeTo({ center, zoom });
    const leaves = await source.getClusterLeaves(id, Math.min(count, 30), 0);
    return this.openCards(center, leaves.map((leaf) => leaf.properties.e));
  }

  openPoints({ features: found, lngLat }) {
    const ids = [...new Set(found.map((point) => point.properties.e))];
    this.openCards(ids.length > 1 ? lngLat : found[0].geometry.coordinates, ids);
  }

  async openCards(at, ids) {
    const asked = new URLSearchParams(ids.map((id) => ["e", id]));
    const response = await fetch(`${this.dataset.cards}?${asked}`);
    if (!response.ok) return this.say(this.dataset.failed);
    const popup = new this.library.Popup({ maxWidth: "22rem", focusAfterOpen: true });
    return popup.setLngLat(at).setDOMContent(box(await response.text())).addTo(this.map);
  }

  say(text) {
    const line = this.querySelector("[data-map-message]");
    line.textContent = text;
    line.hidden = !text;
  }
}

/* HTML of our own server as nodes. */
const fragment = (html) => document.createRange().createContextualFragment(html);

const box = (html) => {
  const div = document.createElement("div");
  div.className = "map-cards";
  div.append(fragment(html));
  return div;
};

customElements.define("maillage-map", MaillageMap);
