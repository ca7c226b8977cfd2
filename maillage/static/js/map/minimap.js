/* <maillage-minimap lon lat data-bounds data-contours data-worker data-label>text</…>
   A small still map of where something is; the text inside stays for everyone. It is
   only opened when it comes into view, so that a page without it stays light. */
import { palette, recolor, style } from "./style.js";
import { picture } from "./symbols.js";

class MaillageMinimap extends HTMLElement {
  connectedCallback() {
    this.watch = new IntersectionObserver(([seen]) => seen.isIntersecting && this.open(), { rootMargin: "100px" });
    this.watch.observe(this);
  }

  disconnectedCallback() {
    this.watch?.disconnect();
    this.map?.remove();
  }

  async open() {
    this.watch.disconnect();
    const [{ Map, setWorkerUrl }, { feature }] = await Promise.all([
      import("../../npm/maplibre-gl/maplibre-gl.mjs"),
      import("../../npm/topojson-client/index.js"),
    ]);
    setWorkerUrl(this.dataset.worker);
    const frame = document.createElement("div");
    frame.className = "minimap-frame";
    frame.setAttribute("aria-hidden", "true"); // the text says where it is
    this.prepend(frame);
    const at = [Number(this.getAttribute("lon")), Number(this.getAttribute("lat"))];
    const look = style(palette());
    this.map = new Map({
      container: frame,
      style: look,
      center: at,
      zoom: 8.2,
      interactive: false,
      attributionControl: false,
      fadeDuration: 0,
    });
    this.map.getCanvas().tabIndex = -1;
    this.map.on("load", async () => {
      const shape = this.dataset.shape || "circle";
      this.map.addImage("sign-0", picture({ shape, color: this.dataset.color || "#0b7a75" }), { pixelRatio: 2 });
      const point = { type: "Feature", properties: { s: 0 }, geometry: { type: "Point", coordinates: at } };
      this.map.getSource("points").setData({ type: "FeatureCollection", features: [point] });
      const topology = await (await fetch(this.dataset.contours)).json();
      for (const name of ["region", "epci", "departments"])
        this.map.getSource(name).setData(feature(topology, topology.objects[name]));
      this.map.getSource("names").setData(await (await fetch(this.dataset.names)).json());
    });
    new MutationObserver(() => recolor(this.map, palette())).observe(document.documentElement, {
      attributeFilter: ["data-theme"],
    });
  }
}

customElements.define("maillage-minimap", MaillageMinimap);
