/* The custody log on the phone: the canonical form of a line, its digest, the last lines.
   The same rules as maillage/circulation/custody_chain.py; tests/circulation/chain.json
   holds both to the same answers. */

export const FIELDS = ["uuid", "copy", "loan", "kind", "payload", "at", "party", "signed_name", "parents"];

/* One way to write a value: sorted keys, no space, no fraction. Keys are plain ASCII, so
   that both languages sort them alike. */
export function canonical(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new RangeError("no single form");
    return String(value === 0 ? 0 : value);
  }
  if (typeof value === "string") {
    if (value.includes("\0") || !isWhole(value)) throw new RangeError("no single form");
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const isWhole = (text) => text.search(LONE) < 0;

/* What people type, without what has no single form. */
export const plain = (text) => text.replaceAll("\0", "").replace(LONE, "").trim();

export async function sha256(bytes) {
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function digest(line) {
  const said = Object.fromEntries(FIELDS.map((name) => [name, line[name]]));
  return sha256(new TextEncoder().encode(canonical(said)));
}

/* The digests that no line names yet, sorted. */
export function tips(lines) {
  const named = new Set(lines.flatMap((line) => line.parents));
  return [...new Set(lines.map((line) => line.digest))].filter((each) => !named.has(each)).sort();
}

/* What the next line names: the tips that the site gave, but for those that lines waiting
   on this phone already name, and the tips of these lines. */
export function nextParents(known, waiting) {
  const named = new Set(waiting.flatMap((line) => line.parents));
  return [...new Set([...known.filter((each) => !named.has(each)), ...tips(waiting)])].sort();
}

export async function sign(line) {
  const whole = Object.fromEntries(FIELDS.map((name) => [name, line[name]]));
  return { ...whole, digest: await digest(whole) };
}
