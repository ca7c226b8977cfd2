/* The look of the map, from the colours of the page: the region's own contours are
   the base, so that nothing comes from elsewhere. */

export const token = (name) => {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
};

export const palette = () => ({
  outside: token("--paper-sunken"),
  land: token("--paper-raised"),
  line: token("--ink-2"),
  border: token("--ink-4"),
  ink: token("--ink-6"),
  text: token("--ink-5"),
  cluster: token("--teal-5"),
  onCluster: token("--on-action"),
  halo: token("--paper-raised"),
  focus: token("--saffron-4"),
});

const FONT = ["Atkinson Hyperlegible Next"];

export function style(colors, { tiles = "", tilesCredit = "" } = {}) {
  const raster = tiles
    ? { base: { type: "raster", tiles: [tiles], tileSize: 256, attribution: tilesCredit } }
    : {};
  const empty = { type: "FeatureCollection", features: [] };
  const json = (more = {}) => ({ type: "geojson", data: empty, ...more });
  return {
    version: 8,
    sources: {
      ...raster,
      region: json(),
      epci: json(),
      departments: json(),
      communes: json(),
      names: json(),
      points: json({ cluster: true, clusterRadius: 46, clusterMaxZoom: 13, maxzoom: 16 }),
      focus: json(),
    },
    layers: [
      { id: "outside", type: "background", paint: { "background-color": colors.outside } },
      ...(tiles ? [{ id: "base", type: "raster", source: "base" }] : []),
      {
        id: "land", type: "fill", source: "region",
        paint: { "fill-color": colors.land, "fill-opacity": tiles ? 0 : 1 },
      },
      { id: "shades-epci", type: "fill", source: "epci", layout: { visibility: "none" }, paint: {} },
      { id: "shades-department", type: "fill", source: "departments", layout: { visibility: "none" }, paint: {} },
      {
        id: "communes", type: "line", source: "communes", minzoom: 9,
        paint: { "line-color": colors.line, "line-width": 0.6 },
      },
      { id: "epci", type: "line", source: "epci", paint: { "line-color": colors.line, "line-width": 0.9 } },
      {
        id: "departments", type: "line", source: "departments",
        paint: { "line-color": colors.border, "line-width": 1.1 },
      },
      { id: "region", type: "line", source: "region", paint: { "line-color": colors.border, "line-width": 1.6 } },
      {
        id: "names", type: "symbol", source: "names",
        layout: {
          "text-field": ["get", "name"], "text-font": FONT, "text-size": ["get", "size"],
          "text-letter-spacing": 0.02, "text-padding": 6,
          // beside a sign rather than not at all
          "text-variable-anchor-offset": [
            "center", [0, 0], "top", [0, 1.3], "bottom", [0, -1.3], "left", [1.6, 0], "right", [-1.6, 0],
          ],
          "symbol-sort-key": ["-", 0, ["get", "size"]],
        },
        paint: { "text-color": colors.text, "text-halo-color": colors.halo, "text-halo-width": 1.4 },
      },
      {
        id: "clusters", type: "circle", source: "points", filter: ["has", "point_count"],
        paint: {
          "circle-color": colors.cluster,
          "circle-radius": ["interpolate", ["linear"], ["log10", ["get", "point_count"]], 0.3, 12, 2, 19, 3, 25, 5, 36],
          "circle-stroke-color": colors.halo, "circle-stroke-width": 3, "circle-stroke-opacity": 0.75,
        },
      },
      {
        id: "counts", type: "symbol", source: "points", filter: ["has", "point_count"],
        layout: {
          "text-field": ["get", "point_count_abbreviated"], "text-font": FONT, "text-size": 13,
          "text-allow-overlap": true,
        },
        paint: { "text-color": colors.onCluster },
      },
      {
        id: "focus", type: "circle", source: "focus",
        paint: {
          "circle-radius": 17, "circle-color": "rgba(0,0,0,0)",
          "circle-stroke-color": colors.focus, "circle-stroke-width": 4,
        },
      },
      {
        id: "points", type: "symbol", source: "points", filter: ["!", ["has", "point_count"]],
        layout: { "icon-image": ["concat", "sign-", ["get", "s"]], "icon-allow-overlap": true },
      },
    ],
  };
}

/* Give a map that is on screen the colours of another theme. */
export function recolor(map, colors, options) {
  for (const layer of style(colors, options).layers)
    for (const [name, value] of Object.entries(layer.paint ?? {}))
      map.setPaintProperty(layer.id, name, value);
}
