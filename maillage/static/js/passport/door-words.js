/* What the door page says, in the words that the page brought, and the file it saves. */
export const words = JSON.parse(document.getElementById("door-words").textContent);

const SKEW_MS = 600_000;
const language = document.documentElement.lang;
const plural = new Intl.PluralRules(language);

export const say = (text, values = {}) => text.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");

/* One of the forms of a sentence, by the number in it. */
export const many = (forms, n) => say(forms[plural.select(n)] ?? forms.other, { n: n.toLocaleString(language) });

export const date = (seconds, dateStyle) => new Date(seconds * 1000).toLocaleDateString(language, { dateStyle });

export const euros = (cents) => (cents / 100).toLocaleString(language, { style: "currency", currency: "EUR" });

/* What must be told before anything else, if there is. */
export function troubleOf({ data, trust, waiting, off, now, isReached, isBlind }) {
  if (off) return off;
  if (!data || !trust) return isReached === undefined ? "" : words.never;
  if (Math.abs(data.ahead) > SKEW_MS) return words.clock;
  if (now / 1000 > trust.fresh_until) return words.stale;
  const others = waiting.filter((row) => row.place !== data.place.id).length;
  if (others) return many(words.others, others);
  return isBlind ? words.no_camera : "";
}

/* What waits, in a file: for a phone that will never see the network again. */
export function download(passages) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify({ passages })], { type: "application/json" }));
  link.download = "passages.json";
  link.click();
  URL.revokeObjectURL(link.href);
}
