/* Days are counted from the first day of the board; the browser says them in the
   language of the page. */

const DAY_MS = 86_400_000;

export class Calendar {
  constructor(start, days, lang) {
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
    return this.formats[format].format(this.date(day));
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
