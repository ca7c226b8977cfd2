/* Days are counted from the first day of the board; the browser says them in the
   language of the page. */

const DAY_MS = 86_400_000;
const FORMATS = {
  day: { day: "numeric", month: "long" },
  full: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  month: { month: "long" },
  short: { month: "short" },
  year: { month: "long", year: "numeric" },
  date: { day: "numeric" },
};

export class Calendar {
  /* `first`: how the language writes the first day of a month. */
  constructor(start, days, lang, first) {
    this.first = first;
    this.origin = Date.parse(`${start}T00:00:00Z`);
    this.days = days;
    this.lang = lang;
    this.formats = new Map();
    this.said = new Map();
  }

  /* Made when it is first wanted: the browser takes its time over each. */
  format(name) {
    if (!this.formats.has(name))
      this.formats.set(name, new Intl.DateTimeFormat(this.lang, { timeZone: "UTC", ...FORMATS[name] }));
    return this.formats.get(name);
  }

  date(day) {
    return new Date(this.origin + day * DAY_MS);
  }

  iso(day) {
    return this.date(day).toISOString().slice(0, 10);
  }

  /* Many bars begin or end on one day: it is put into words once. */
  say(day, format = "day") {
    const key = `${format} ${day}`;
    if (!this.said.has(key)) this.said.set(key, this.words(day, format));
    return this.said.get(key);
  }

  words(day, format) {
    const date = this.date(day);
    if (date.getUTCDate() !== 1 || !["day", "full"].includes(format)) return this.format(format).format(date);
    const parts = this.format(format).formatToParts(date);
    return parts.map(({ type, value }) => (type === "day" ? this.first : value)).join("");
  }

  /* First days of months, with the first day of the board. */
  *months() {
    let from = 0;
    for (let day = 1; day <= this.days; day++) {
      if (day < this.days && this.date(day).getUTCDate() !== 1) continue;
      yield [from, day];
      from = day;
    }
  }

  /* Mondays. */
  *mondays() {
    const first = (8 - this.date(0).getUTCDay()) % 7;
    for (let day = first; day < this.days; day += 7) yield day;
  }
}

/* "{a} to {b}" with its values. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

export const signed = (lang, digits = 1) => {
  const format = new Intl.NumberFormat(lang, { maximumFractionDigits: digits, signDisplay: "exceptZero" });
  return (value) => format.format(Math.abs(value) < 0.05 ? 0 : value);
};
