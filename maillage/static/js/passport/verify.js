/* Whether the code of a pass opens doors: the same answers as maillage/passport/tokens.py,
   held to it by the vectors of tests/passport/vectors. No page, no network, no storage.

   verify(text, trust, now) -> Promise of {ok, reason, claims}
     text: what was scanned; trust: what openList gave, or the list as it is published;
     now: seconds since 1970. reason is "" or one of REASONS; claims are there whenever
     the signature is good: {iss, exp, nbf, cti, kind, age_band, commune, people}.

   openList(text, root) -> Promise of the facts of a trust list
     text: /passeport/confiance.json; root: the key of /passeport/racine.json. Throws
     when the signature is not good.

   howToVerify() -> Promise of "webcrypto", "script" (browsers that know no Ed25519)
     or "none" (a page without HTTPS). */

import { decode as fromBase45 } from "./base45.js";
import { decode as fromCbor, head, Tagged } from "./cbor.js";

export const REASONS = [
  "unreadable", "other_version", "wrong_algorithm", "unknown_key", "bad_signature",
  "expired", "not_yet_valid", "revoked",
];
export const SKEW = 600;
const LONGEST = 400;
const MOST_PEOPLE = 999;
const PREFIX = "CS1:";
const VERSION = /^CS[0-9]{1,3}:/;
const CODE = /^[a-z0-9-]{1,12}$/;
const COMMUNE = /^([0-9][0-9AB][0-9]{3})?$/;
const KINDS = new Set(["P", "H", "C", "A"]);
const BANDS = new Set(["0-5", "6-11", "12-17", "18-25", "26-64", "65-", ""]);
const HOLDER = -65537;

class No extends Error {}

export async function verify(text, trust, now) {
  let claims;
  try {
    claims = await read(text, trust);
  } catch (error) {
    if (error instanceof No) return { ok: false, reason: error.message, claims: null };
    throw error;
  }
  const answer = (reason) => ({ ok: !reason, reason, claims });
  if (trust.revoked.includes(await digestOf(claims.cti))) return answer("revoked");
  if (now >= claims.exp + SKEW) return answer("expired");
  if (now < claims.nbf - SKEW) return answer("not_yet_valid");
  return answer("");
}

/* How the list of revoked passes names a number. */
export async function digestOf(number) {
  const digest = await crypto.subtle.digest("SHA-256", fromHex(number));
  return toHex(new Uint8Array(digest)).slice(0, 16);
}

async function read(text, trust) {
  const [header, payload, signature] = messageOf(text);
  const kid = kidOf(header);
  const keys = trust.keys.filter((key) => key.kid === kid);
  if (!keys.length) throw new No("unknown_key");
  const signed = toBeSigned(header, payload);
  const good = [];
  for (const key of keys) if (await isSigned(fromHex(key.x), signature, signed)) good.push(key.iss);
  if (!good.length) throw new No("bad_signature");
  const claims = claimsOf(payload);
  if (!good.includes(claims.iss)) throw new No("unknown_key");
  return claims;
}

function messageOf(text) {
  if (text.length > LONGEST) throw new No("unreadable");
  if (!text.startsWith(PREFIX)) throw new No(VERSION.test(text) ? "other_version" : "unreadable");
  const message = attempt(() => fromCbor(fromBase45(text.slice(PREFIX.length))), "unreadable");
  const parts = message instanceof Tagged && message.tag === 18 ? message.value : null;
  if (!Array.isArray(parts) || parts.length !== 4) throw new No("unreadable");
  const [header, extra, payload, signature] = parts;
  const bytes = [header, payload, signature].every((part) => part instanceof Uint8Array);
  if (!bytes || !(extra instanceof Map) || extra.size) throw new No("unreadable");
  return [header, payload, signature];
}

function kidOf(bytes) {
  const header = attempt(() => fromCbor(bytes), "unreadable");
  if (!(header instanceof Map) || typeof header.get(1) !== "number") throw new No("unreadable");
  if (header.get(1) !== -8) throw new No("wrong_algorithm");
  const kid = header.get(4);
  if (header.size !== 2 || !(kid instanceof Uint8Array) || kid.length !== 8) throw new No("unreadable");
  return toHex(kid);
}

/* The Sig_structure of RFC 9052: ["Signature1", header, empty, payload]. */
function toBeSigned(header, payload) {
  const context = new TextEncoder().encode("Signature1");
  return Uint8Array.from([
    0x84, ...head(3, context.length), ...context,
    ...head(2, header.length), ...header, 0x40, ...head(2, payload.length), ...payload,
  ]);
}

function claimsOf(payload) {
  const found = attempt(() => fromCbor(payload), "other_version");
  if (!(found instanceof Map) || found.size !== 5) throw new No("other_version");
  const [iss, exp, nbf, cti, holder] = [1, 4, 5, 7, HOLDER].map((key) => found.get(key));
  if (!(cti instanceof Uint8Array) || !Array.isArray(holder) || holder.length !== 4) throw new No("other_version");
  const [kind, age_band, commune, people] = holder;
  const texts = [iss, kind, age_band, commune].every((each) => typeof each === "string");
  const numbers = [exp, nbf, people].every((each) => typeof each === "number");
  const sound =
    texts && numbers && CODE.test(iss) && nbf >= 0 && nbf < exp && cti.length === 12 &&
    KINDS.has(kind) && BANDS.has(age_band) && COMMUNE.test(commune) && people >= 1 && people <= MOST_PEOPLE;
  if (!sound) throw new No("other_version");
  return { iss, exp, nbf, cti: toHex(cti), kind, age_band, commune, people };
}

function attempt(work, reason) {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw new No(reason);
    throw error;
  }
}

// The list of trust -----------------------------------------------------------------

export async function openList(text, root) {
  const { payload, protected: header, signature } = JSON.parse(text);
  const signed = new TextEncoder().encode(`${header}.${payload}`);
  const { alg } = JSON.parse(new TextDecoder().decode(fromBase64(header)));
  const good = alg === "EdDSA" && (await isSigned(fromBase64(root.x), fromBase64(signature), signed));
  if (!good) throw new Error("the trust list is not signed by the root key");
  return JSON.parse(new TextDecoder().decode(fromBase64(payload)));
}

// Ed25519, by the browser or by a script ------------------------------------------------

const imported = new Map();
let way;

export function howToVerify() {
  way ??= probe();
  return way;
}

async function probe() {
  if (!globalThis.crypto?.subtle) return "none";
  try {
    await crypto.subtle.importKey("raw", new Uint8Array(32).fill(1), "Ed25519", false, ["verify"]);
    return "webcrypto";
  } catch (error) {
    return error.name === "NotSupportedError" ? "script" : "webcrypto";
  }
}

async function isSigned(key, signature, signed) {
  if (signature.length !== 64) return false;
  if ((await howToVerify()) === "script") {
    const { verifyAsync } = await import("../../npm/noble-ed25519/index.js");
    try {
      return await verifyAsync(signature, signed, key, { zip215: false });
    } catch {
      return false;
    }
  }
  const name = toHex(key);
  if (!imported.has(name)) imported.set(name, await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]));
  return crypto.subtle.verify("Ed25519", imported.get(name), signature, signed);
}

// Bytes ---------------------------------------------------------------------------------

function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function fromHex(text) {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function fromBase64(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}
