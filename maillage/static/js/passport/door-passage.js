/* One visit at the door: what the pass says, the benefit, how many come in; and how often
   limited benefits have served on this phone. */
import { digestOf } from "./verify.js";

const MOST = 200; // what the site takes of one passage

export class Passage {
  constructor(text, claims, benefits) {
    Object.assign(this, { text, claims, benefits, members: claims?.people ?? 1, companions: 0 });
    this.benefit = benefits[0] ?? null;
  }

  /* Nothing to ask: one person, one benefit, nobody with them. */
  get isPlain() {
    return this.claims.people === 1 && this.benefits.length === 1 && !this.benefit.companions;
  }

  choose(id) {
    this.benefit = this.benefits.find((one) => String(one.id) === id);
    this.count("companions", this.companions);
  }

  most(name) {
    return Math.min(MOST, name === "members" ? this.claims.people : this.benefit.companions);
  }

  count(name, number) {
    const least = name === "members" ? 1 : 0;
    this[name] = Math.max(least, Math.min(this.most(name), Math.trunc(number) || 0));
  }

  get people() {
    return this.members + this.companions;
  }

  get cents() {
    return this.benefit.price_cents * this.members;
  }

  /* As it is sent; its random number is given once, however often it is sent. */
  row({ accepted, place, now }) {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const nonce = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const { text: code, members, companions } = this;
    const benefit = this.benefit?.id ?? null;
    return { nonce, at: Math.round(now), code, benefit, members, companions, offline: true, accepted, place };
  }
}

/* The same rule as the site's (maillage/passport/passages.py). */
export function suits(benefit, { kind, age_band: band }, day) {
  return (
    (!benefit.from || benefit.from <= day) &&
    (!benefit.until || day < benefit.until) &&
    (!benefit.kinds.length || benefit.kinds.includes(kind)) &&
    (!benefit.age_bands.length || benefit.age_bands.includes(band))
  );
}

/* How many came in on a day: those that the site knows, and those that wait here. */
export function peopleOn(day, data, waiting) {
  const isOf = (row) => row.accepted && row.place === data.place.id && new Date(row.at).toLocaleDateString("sv") === day;
  const here = waiting.filter(isOf).reduce((sum, row) => sum + row.members + row.companions, 0);
  return here + (data.day === day ? data.today.people : 0);
}

export class Uses {
  constructor(store) {
    this.store = store;
  }

  async key({ benefit, claims }, day) {
    return `${benefit.id}:${benefit.limit === "once_a_day" ? day : ""}:${await digestOf(claims.cti)}`;
  }

  async times(passage, day) {
    return (await this.store.get("uses", await this.key(passage, day))) ?? 0;
  }

  async isUsedUp(passage, day) {
    const { limit, times } = passage.benefit;
    if (limit === "none") return false;
    return (await this.times(passage, day)) >= (limit === "n_a_season" ? times : 1);
  }

  async remember(passage, day) {
    if (passage.benefit.limit === "none") return;
    await this.store.put("uses", (await this.times(passage, day)) + 1, await this.key(passage, day));
  }
}
