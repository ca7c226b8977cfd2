/* The Gantt itself: dates on top, copies at the left, bars between. Only the rows in
   view are in the page, and the row that has the focus. */

const ZOOMS = { quarter: 7.5, month: 21 };
const EXTRA = 240; // pixels drawn beyond what is seen

const make = (tag, className, text) => {
  const element = document.createElement(tag);
  element.className = className;
  if (text) element.textContent = text;
  return element;
};

const monthFormat = (wide) => (wide > 118 ? "year" : wide > 84 ? "month" : "short");

export class Sheet {
  constructor(host, model, calendar, words) {
    Object.assign(this, { host, model, calendar, words, zoom: "season", drawn: new Map(), rows: [], lit: null });
    this.box = host.querySelector("[data-board-box]");
    this.heads = make("div", "board-heads");
    this.heads.setAttribute("aria-hidden", "true");
    this.bands = make("div", "board-bands");
    this.bands.setAttribute("aria-hidden", "true");
    this.grid = make("div", "board-grid");
    this.grid.setAttribute("role", "grid");
    this.grid.setAttribute("aria-label", words.grid);
    this.grid.setAttribute("aria-describedby", "board-keys-short");
    this.body = make("div", "board-body");
    this.body.append(this.bands, this.grid);
    this.box.replaceChildren(this.heads, this.body);
    this.box.addEventListener("scroll", () => this.ask(), { passive: true });
    for (const [moment, all] of [["beforeprint", true], ["afterprint", false]])
      addEventListener(moment, () => {
        this.printing = all; // every row on paper, not only those in view
        this.draw();
      });
    this.watch = new ResizeObserver(() => this.resize());
    this.watch.observe(this.box);
  }

  stop() {
    this.watch.disconnect();
  }

  /* Read once, before anything is written: what is asked of the box in between would
     have the browser lay out the page again. */
  measure() {
    const { clientWidth: wide, clientHeight: tall } = this.box;
    Object.assign(this, { wide, tall, names: wide < 640 ? 118 : 216 });
    const least = wide < 640 ? 2.6 : 1;
    this.px = ZOOMS[this.zoom] ?? Math.max(least, (wide - this.names - 2) / this.model.days);
  }

  resize() {
    if (this.box.clientWidth !== this.wide) this.setZoom(this.zoom);
    else if (this.box.clientHeight !== this.tall) {
      this.measure();
      this.ask();
    }
  }

  /* The first drawing, at the first day, is what is seen and no more. */
  start(zoom) {
    this.zoom = zoom;
    this.measure();
    this.seen = { top: 0, bottom: this.tall };
    this.lay();
    this.seen = null;
  }

  /* Keep the day in the middle where it is. */
  setZoom(zoom, day) {
    const middle = day ?? this.dayAt(this.box.clientWidth / 2);
    this.zoom = zoom;
    this.measure();
    this.lay();
    this.showDay(middle);
  }

  lay() {
    this.box.style.setProperty("--names", `${this.names}px`);
    this.box.dataset.zoom = this.zoom;
    this.drawHeads();
    this.drawBands();
    this.setRows(this.filter ?? {});
  }

  dayAt(x) {
    if (!this.px) return this.model.today ?? 0;
    return (this.box.scrollLeft + x - this.names) / this.px;
  }

  showDay(day) {
    this.box.scrollLeft = day * this.px - (this.box.clientWidth - this.names) / 2;
  }

  setRows(filter) {
    this.filter = filter;
    const { rows, height } = this.model.rows(filter);
    this.rows = rows;
    for (const element of this.drawn.values()) element.remove();
    this.drawn.clear();
    const width = this.names + this.model.days * this.px;
    this.body.style.inlineSize = this.heads.style.inlineSize = `${width}px`;
    this.body.style.blockSize = `${Math.max(height, 60)}px`;
    this.grid.setAttribute("aria-rowcount", rows.length);
    this.draw();
  }

  ask() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  /* The first row that ends below a height. */
  rowAt(y) {
    let low = 0;
    let high = this.rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[middle].top + this.rows[middle].height <= y) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /* Heights between which rows are in the page. */
  get span() {
    if (this.printing) return { top: 0, bottom: Infinity };
    const { scrollTop } = this.box;
    return { top: scrollTop - EXTRA, bottom: scrollTop + this.tall + EXTRA };
  }

  draw() {
    const { top, bottom } = this.seen ?? this.span;
    const wanted = new Set();
    const fresh = [];
    const keep = this.focusKey;
    for (let i = this.rowAt(Math.max(0, top)); i < this.rows.length && this.rows[i].top < bottom; i++)
      wanted.add(this.rows[i].key);
    if (keep) wanted.add(keep);
    for (const [key, element] of this.drawn)
      if (!wanted.has(key)) {
        element.remove();
        this.drawn.delete(key);
      }
    for (const row of this.rows)
      if (wanted.has(row.key) && !this.drawn.has(row.key)) fresh.push(row);
    for (const row of fresh) {
      const element = row.kind === "group" ? this.groupRow(row) : this.copyRow(row);
      element.dataset.key = row.key;
      element.setAttribute("aria-rowindex", row.index + 1);
      element.style.insetBlockStart = `${row.top}px`;
      element.style.blockSize = `${row.height}px`;
      this.drawn.set(row.key, element);
    }
    if (fresh.length) this.order();
    this.host.dispatchEvent(new CustomEvent("board:drawn"));
  }

  /* Rows in the page in the order in which they are seen. */
  order() {
    const sorted = this.rows.filter((row) => this.drawn.has(row.key)).map((row) => this.drawn.get(row.key));
    let before = null;
    for (const element of sorted) {
      const next = before ? before.nextSibling : this.grid.firstChild;
      if (next !== element) this.grid.insertBefore(element, next);
      before = element;
    }
  }

  redraw(copies) {
    for (const pk of copies) {
      this.drawn.get(`c${pk}`)?.remove();
      this.drawn.delete(`c${pk}`);
    }
    this.draw();
  }

  groupRow({ group, open, copies }) {
    const row = make("div", "board-row board-row-group");
    row.setAttribute("role", "row");
    const head = make("div", "board-name board-name-group");
    head.setAttribute("role", "rowheader");
    head.tabIndex = -1;
    head.setAttribute("aria-expanded", String(open));
    head.dataset.group = group.id;
    head.title = `${group.name} · ${this.model.owners.get(group.owner)}`;
    head.append(make("strong", "", group.name), make("small", "", String(copies.length)));
    row.append(head);
    if (!open) {
      const strip = make("div", "board-strip");
      for (const copy of copies)
        for (const bar of this.model.bars.get(copy.pk)) {
          const mark = make("i", "board-mark");
          this.at(mark, bar.start, bar.end);
          strip.append(mark);
        }
      strip.setAttribute("aria-hidden", "true");
      row.append(strip);
    }
    return row;
  }

  copyRow({ copy, group }) {
    const row = make("div", "board-row");
    row.setAttribute("role", "row");
    row.dataset.copy = copy.pk;
    const head = make("div", "board-name");
    head.setAttribute("role", "rowheader");
    head.tabIndex = -1;
    head.dataset.copy = copy.pk;
    head.title = `${group.name} · ${copy.label} · ${copy.depot}`;
    head.append(make("span", "board-label", copy.label), make("small", "", copy.depot));
    row.append(head);
    for (const hold of this.model.holds.get(copy.pk) ?? []) row.append(this.holdBar(hold));
    for (const slot of this.lit?.get(copy.pk) ?? []) row.append(this.slotBand(slot));
    for (const bar of this.model.bars.get(copy.pk)) row.append(this.bar(bar));
    return row;
  }

  at(element, from, to) {
    element.style.insetInlineStart = `${this.names + from * this.px}px`;
    element.style.inlineSize = `${Math.max(2, (to - from) * this.px)}px`;
  }

  bar(bar) {
    const cell = make("div", `board-bar is-${bar.kind}`);
    cell.setAttribute("role", "gridcell");
    cell.tabIndex = -1;
    cell.dataset.bar = bar.pk;
    cell.setAttribute("aria-label", this.label(bar));
    this.at(cell, bar.leave, bar.free);
    const part = (name, days) => {
      if (days <= 0) return;
      const piece = make("i", `board-part is-${name}`);
      piece.style.inlineSize = `${days * this.px}px`;
      cell.append(piece);
    };
    if (bar.maintained) cell.append(make("i", "board-part is-maintained"));
    part("lead", bar.start - bar.leave);
    const body = make("span", "board-text");
    const host = this.model.hosts.get(bar.host);
    if ((bar.end - bar.start) * this.px > 34) body.append(make("b", "", host.commune), ` ${host.name}`);
    cell.append(body);
    part("tail", bar.free - bar.end);
    if (this.carried === bar) cell.classList.add("is-carried");
    return cell;
  }

  label(bar) {
    const host = this.model.hosts.get(bar.host);
    const copy = this.model.copies.get(bar.copy);
    return [
      `${host.commune}, ${host.name}`,
      this.period(bar.start, bar.end),
      copy.label,
      this.words.kinds[bar.kind],
    ].join(", ");
  }

  period(start, end) {
    const { from_to: text } = this.words;
    const values = { from: this.calendar.say(start), to: this.calendar.say(end - 1) };
    return text.replace("{from}", values.from).replace("{to}", values.to);
  }

  holdBar(hold) {
    const mark = make("div", `board-hold is-${hold.kind}`);
    mark.setAttribute("aria-hidden", "true");
    mark.title = hold.note || this.words.holds[hold.kind];
    this.at(mark, Math.max(0, hold.start), Math.min(this.model.days, hold.end));
    return mark;
  }

  slotBand({ first, last, days, losers }) {
    const band = make("div", `board-slot${losers.length ? " is-dear" : ""}`);
    band.setAttribute("aria-hidden", "true");
    this.at(band, first, last + days);
    return band;
  }

  drawHeads() {
    const { calendar } = this;
    const months = make("div", "board-months");
    for (const [from, to] of calendar.months()) {
      const wide = (to - from) * this.px;
      const month = make("span", "board-month", wide > 34 ? calendar.say(from, monthFormat(wide)) : "");
      this.at(month, from, to);
      months.append(month);
    }
    const weeks = make("div", "board-weeks");
    const each = this.px * 7 < 20 ? 2 : 1;
    [...calendar.mondays()].forEach((day, i) => {
      if (i % each) return;
      const week = make("span", "board-week", calendar.say(day, this.px > 15 ? "day" : "date"));
      this.at(week, day, Math.min(day + 7 * each, this.model.days));
      weeks.append(week);
    });
    const schools = make("div", "board-schools");
    for (const [name, from, to] of this.model.bands.school) {
      const label = make("span", "board-school", (to - from) * this.px > 44 ? name.replace(/^Vacances (de la |de |d’|d')?/, "") : "");
      label.title = name;
      this.at(label, from, to);
      schools.append(label);
    }
    const corner = make("div", "board-corner", this.words.corner);
    this.heads.replaceChildren(corner, months, weeks, schools);
  }

  drawBands() {
    const found = [];
    const add = (className, from, to, title = "") => {
      const band = make("i", className);
      this.at(band, from, to);
      if (title) band.title = title;
      found.push(band);
    };
    for (const [name, from, to] of this.model.bands.school) add("band-school", from, to, name);
    for (const day of this.calendar.mondays()) add("band-week", day, day + 7);
    for (const [from, to] of this.calendar.months()) add("band-month", from, to);
    for (const [name, day] of this.model.bands.closed) add("band-closed", day, day + 1, name);
    if (this.model.today !== null) add("band-today", this.model.today, this.model.today);
    this.bands.replaceChildren(...found);
  }

  /* Slots by copy, drawn behind the bars; null puts them out. Rows that are there stay,
     unless others are wanted. */
  light(slots, filter = null) {
    this.lit = slots;
    this.box.classList.toggle("is-choosing", slots !== null);
    if (filter) return this.setRows(filter);
    for (const band of this.grid.querySelectorAll(".board-slot")) band.remove();
    for (const cell of this.grid.querySelectorAll(".is-carried")) cell.classList.remove("is-carried");
    if (this.carried) this.element(this.carried)?.classList.add("is-carried");
    for (const [copy, places] of slots ?? [])
      this.drawn.get(`c${copy}`)?.append(...places.map((slot) => this.slotBand(slot)));
    return undefined;
  }

  rowOf(copy) {
    return this.rows.find((row) => row.key === `c${copy}`);
  }

  /* Bring a place into view. */
  reveal(copy, from, to) {
    const row = this.rowOf(copy);
    if (!row) return;
    const { box } = this;
    const head = this.heads.offsetHeight;
    if (row.top < box.scrollTop) box.scrollTop = row.top - 8;
    else if (row.top + row.height > box.scrollTop + box.clientHeight - head)
      box.scrollTop = row.top + row.height - box.clientHeight + head + 8;
    const left = from * this.px;
    const right = to * this.px;
    const room = box.clientWidth - this.names;
    if (left < box.scrollLeft) box.scrollLeft = Math.max(0, left - 20);
    else if (right > box.scrollLeft + room) box.scrollLeft = Math.min(left - 20, right - room + 20);
    this.draw();
  }

  element(bar) {
    return this.drawn.get(`c${bar.copy}`)?.querySelector(`[data-bar="${bar.pk}"]`);
  }
}
