/* <maillage-route data-src data-contours data-communes data-names data-worker data-open
                   data-zoom-in data-zoom-out> a list … </maillage-route>
   The map of a trail or of a programme: the points of a GeoJSON file, numbered where
   they have a "number", the line where there is one; numbered points of one place stand
   in a ring around it. A point opens a note with its link. The list of the page says the
   same; the map opens when it comes into view. */
import { palette, recolor, style, token } from "./style.js";
import { picture } from "./symbols.js";

const FONT = ["Atkinson Hyperlegible Next"];
const CLOSEST = 12.5; // closer, nothing is drawn around the stops
const TOWN = 11.5; // when they are all in one place: the town around it
const COMMUNES = 9; // from there on their borders help
const RING = 20; // pixels

/* Points nearer than some ten metres are of one place. */
const place = ({ coordinates: [lon, lat] }) => `${lon.toFixed(4)} ${lat.toFixed(4)}`;

class MaillageRoute extends HTMLElement {
  connectedCallback() {
    this.watch = new IntersectionObserver(([seen]) => seen.isIntersecting && this.open(), { rootMargin: "200px" });
    this.watch.observe(this);
  }

  disconnectedCallback() {
    this.watch?.disconnect();
    this.themes?.disconnect();
    this.map?.remove(); // htmx swapped us out
  }

  async open() {
    this.watch.disconnect();
    const response = await fetch(this.dataset.src);
    if (!response.ok) return; // the list is enough
    const found = await response.json();
    const points = found.features.filter(({ geometry }) => geometry?.type === "Point");
    if (!points.length) return;
    const [library, topojson] = await Promise.all([
      import("../../npm/maplibre-gl/maplibre-gl.mjs"),
      import("../../npm/topojson-client/index.js"),
    ]);
    this.library = library;
    library.setWorkerUrl(this.dataset.worker);
    const frame = document.createElement("div");
    frame.className = "route-frame";
    this.prepend(frame);
    this.map = new library.Map({
      container: frame,
      style: style(palette()),
      bounds: this.bounds(points),
      fitBoundsOptions: { padding: 56, maxZoom: this.isOnePlace(points) ? TOWN : CLOSEST },
      minZoom: 5,
      maxZoom: 17,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      scrollZoom: false, // the page scrolls
      fadeDuration: 0,
      locale: {
        "NavigationControl.ZoomIn": this.dataset.zoomIn,
        "NavigationControl.ZoomOut": this.dataset.zoomOut,
        "Map.Title": this.dataset.label || document.title,
        "Popup.Close": this.dataset.close || "",
      },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new library.NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new library.ScaleControl({ maxWidth: 120 }), "bottom-right");
    this.map.on("load", () => this.fill(found, points, topojson));
  }

  isOnePlace(points) {
    return new Set(points.map(({ geometry }) => place(geometry))).size === 1;
  }

  bounds(points) {
    const box = new this.library.LngLatBounds();
    for (const { geometry } of points) box.extend(geometry.coordinates);
    return box;
  }

  async fill(found, points, { feature, mesh }) {
    const { map } = this;
    map.addImage("sign-0", picture({ shape: "circle", color: "#0b7a75" }), { pixelRatio: 2 });
    const lines = found.features.filter(({ geometry }) => geometry?.type === "LineString");
    map.addSource("route", { type: "geojson", data: { type: "FeatureCollection", features: lines } });
    map.addSource("stops", { type: "geojson", data: this.apart(points) });
    map.on("zoomend", () => map.getSource("stops").setData(this.apart(points)));
    map.addLayer({
      id: "route", type: "line", source: "route",
      layout: { "line-cap": "round", "line-join": "round" },
      paint: { "line-width": 4, "line-dasharray": [0.2, 1.8] },
    });
    map.addLayer({
      id: "stops", type: "circle", source: "stops",
      paint: { "circle-radius": ["case", ["has", "number"], 13, 8], "circle-stroke-width": 2.5 },
    });
    map.addLayer({
      id: "stop-numbers", type: "symbol", source: "stops", filter: ["has", "number"],
      layout: {
        "text-field": ["to-string", ["get", "number"]], "text-font": FONT, "text-size": 14,
        "text-allow-overlap": true, "text-ignore-placement": true,
      },
      paint: {},
    });
    this.paint();
    map.on("click", "stops", (event) => this.say(event));
    map.on("mouseenter", "stops", () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", "stops", () => (map.getCanvas().style.cursor = ""));
    this.themes = new MutationObserver(() => this.recolor());
    this.themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolor());
    const topology = await (await fetch(this.dataset.contours)).json();
    for (const name of ["region", "epci", "departments"])
      map.getSource(name).setData(feature(topology, topology.objects[name]));
    map.getSource("names").setData(await (await fetch(this.dataset.names)).json());
    const communes = async () => {
      if (map.getZoom() < COMMUNES) return;
      map.off("zoomend", communes);
      const all = await (await fetch(this.dataset.communes)).json();
      map.getSource("communes").setData(mesh(all, all.objects.communes, (a, b) => a !== b));
    };
    map.on("zoomend", communes);
    communes();
    map.once("idle", () => (this.dataset.state = "idle"));
  }

  /* The points as they are drawn: several of one place in a ring around it. */
  apart(points) {
    const features = points.map((point) => {
      if (!("number" in point.properties)) return point;
      const group = points.filter(({ geometry }) => place(geometry) === place(point.geometry));
      if (group.length === 1) return point;
      const turn = (2 * Math.PI * group.indexOf(point)) / group.length;
      const { x, y } = this.map.project(point.geometry.coordinates);
      const at = this.map.unproject([x + RING * Math.sin(turn), y - RING * Math.cos(turn)]);
      return { ...point, geometry: { type: "Point", coordinates: at.toArray() } };
    });
    return { type: "FeatureCollection", features };
  }

  recolor() {
    if (!this.map?.isStyleLoaded()) return;
    recolor(this.map, palette());
    this.paint();
  }

  paint() {
    const colors = palette();
    this.map.setPaintProperty("route", "line-color", token("--saffron-4"));
    this.map.setPaintProperty("stops", "circle-color", colors.cluster);
    this.map.setPaintProperty("stops", "circle-stroke-color", colors.halo);
    this.map.setPaintProperty("stop-numbers", "text-color", colors.onCluster);
  }

  /* A note made of nodes: what people wrote is never read as HTML. */
  say({ features: [point] }) {
    const { name, where, url } = point.properties;
    const note = document.createElement("div");
    const title = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = name;
    title.append(strong);
    note.append(title);
    if (where) note.append(Object.assign(document.createElement("p"), { textContent: where }));
    if (url) {
      const line = document.createElement("p");
      line.append(Object.assign(document.createElement("a"), { href: url, textContent: this.dataset.open }));
      note.append(line);
    }
    new this.library.Popup({ maxWidth: "18rem", focusAfterOpen: true })
      .setLngLat(point.geometry.coordinates)
      .setDOMContent(note)
      .addTo(this.map);
  }
}

customElements.define("maillage-route", MaillageRoute);
