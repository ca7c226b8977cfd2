/* Read what /carte/points sends: a count, then columns of numbers.
   n as one unsigned integer, then n longitudes and n latitudes in degrees (32-bit
   floats), n entry numbers (32-bit unsigned), n sign numbers (8-bit); little endian. */

export async function readPoints(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${response.status}`);
  const buffer = await response.arrayBuffer();
  const n = new Uint32Array(buffer, 0, 1)[0];
  const lon = new Float32Array(buffer, 4, n);
  const lat = new Float32Array(buffer, 4 + 4 * n, n);
  const id = new Uint32Array(buffer, 4 + 8 * n, n);
  const sign = new Uint8Array(buffer, 4 + 12 * n, n);
  return { n, lon, lat, id, sign };
}

export function features({ n, lon, lat, id, sign }) {
  const found = new Array(n);
  for (let i = 0; i < n; i++)
    found[i] = {
      type: "Feature",
      geometry: { type: "Point", coordinates: [lon[i], lat[i]] },
      properties: { e: id[i], s: sign[i] },
    };
  return { type: "FeatureCollection", features: found };
}
