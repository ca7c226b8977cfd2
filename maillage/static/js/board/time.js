/* Days are counted from the first day of the board; the browser says them in the
   language of the page. */

const DAY_MS = 86_400_000;

export class Calendar {
  /* `first`: how the language writes the first day of a month. */
  constructor(start, days, lang, first) {
    this.first = first;
    this.origin = Date.parse(`${start}T00:00:00Z`);
    this.days = days;
    const format = (options) => new Intl.DateTimeFormat(lang, { timeZone: "UTC", ...options });
    this.formats = {
      day: format({ day: "numeric", month: "long" }),
      full: format({ weekday: "long", day: "numeric", month: "long", year: "numeric" }),
      month: format({ month: "long" }),
      short: format({ month: "short" }),
      year: format({ month: "long", year: "numeric" }),
      date: format({ day: "numeric" }),
    };
  }

  date(day) {
    return new Date(this.origin + day * DAY_MS);
  }

  iso(day) {
    return this.date(day).toISOString().slice(0, 10);
  }

  say(day, format = "day") {
    const date = this.date(day);
    if (date.getUTCDate() !== 1 || !["day", "full"].includes(format)) return this.formats[format].format(date);
    const parts = this.formats[format].formatToParts(date);
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
