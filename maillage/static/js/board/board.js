/* <maillage-board data-src data-slots data-move data-refuse data-free data-undo data-words data-csrf>
   The Gantt of a season. Without JavaScript the page leads to the same loans as a
   table, and to a form for each move. data-state is "ready" once bars are drawn. */
import { Card } from "./card.js";
import { Carry } from "./carry.js";
import { Model } from "./model.js";
import { Places } from "./places.js";
import { Sheet } from "./sheet.js";
import { Calendar, fill, signed } from "./time.js";

const MOVABLE = new Set(["planned", "locked"]);

class MaillageBoard extends HTMLElement {
  async connectedCallback() {
    this.words = JSON.parse(this.dataset.words);
    this.lang = document.documentElement.lang || "fr";
    this.number = signed(this.lang);
    this.tray = this.querySelector("[data-board-tray]");
    this.form = this.querySelector("[data-board-filters]");
    this.live = this.querySelector("[data-board-live]");
    this.said = this.querySelector("[data-board-said]");
    this.details = this.querySelector("[data-board-details]");
    const response = await fetch(this.dataset.src, { headers: { Accept: "application/json" } });
    if (!response.ok) return this.say(this.words.failed);
    this.model = new Model(await response.json());
    this.calendar = new Calendar(this.model.start, this.model.days, this.lang, this.words.first);
    this.classList.add("is-on");
    this.sheet = new Sheet(this, this.model, this.calendar, this.words);
    this.places = new Places((request) => this.ask("slots", { request }));
    this.carry = new Carry(this);
    this.card = new Card(this);
    this.listen();
    this.sheet.start(this.form.elements.zoom.value);
    this.rove(this.sheet.grid.querySelector("[role=rowheader]"));
    this.dataset.state = "ready";
    requestAnimationFrame(() => requestAnimationFrame(() => this.painted()));
    // the server reads the season once, before the first loan is taken
    if (this.model.editable) this.warming = setTimeout(() => fetch(this.dataset.slots), 1000);
    return undefined;
  }

  /* What waits comes once the bars are seen, unless a change has brought it since. */
  async painted() {
    performance.mark("board-painted");
    this.sheet.draw();
    const { src } = this.tray.dataset;
    if (!src) return;
    const response = await fetch(src).catch(() => null);
    const html = response?.ok ? await response.text() : null;
    if (!this.tray.dataset.src) return;
    if (html === null) this.say(this.words.failed, { bad: true });
    else this.fillTray(html);
  }

  fillTray(html) {
    delete this.tray.dataset.src;
    this.tray.replaceChildren(document.createRange().createContextualFragment(html));
  }

  disconnectedCallback() {
    clearTimeout(this.warming);
    this.sheet?.stop(); // htmx swapped us out
  }

  listen() {
    const { grid, box } = this.sheet;
    this.form.addEventListener("input", () => this.filter());
    this.form.addEventListener("change", (event) => {
      if (event.target.name === "zoom") this.sheet.setZoom(event.target.value);
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.addEventListener("click", (event) => this.click(event));
    this.tray.addEventListener("focusin", (event) => this.foresee(event.target));
    this.addEventListener("board:drawn", () => this.carry.load && this.carry.settle());
    grid.addEventListener("keydown", (event) => this.key(event));
    grid.addEventListener("focusin", (event) => this.focused(event.target));
    grid.addEventListener("focusout", () => this.hover(null));
    for (const area of [box, window]) area.addEventListener("scroll", () => this.hover(this.watched), { passive: true });
    box.addEventListener("pointerover", (event) => this.hover(event.target.closest("[data-bar]")));
    box.addEventListener("pointerleave", () => this.hover(null));
    document.addEventListener("keydown", (event) => this.anywhere(event));
    document.addEventListener("board:find", (event) => this.find(event.detail.request));
  }

  anywhere(event) {
    if (!this.isConnected) return;
    if (event.key === "Escape") this.hover(null);
    const typing = event.target.closest?.("input, textarea, select");
    if (event.key === "z" && (event.ctrlKey || event.metaKey) && !typing && this.undo) {
      event.preventDefault();
      this.takeBack();
    }
    if (event.key !== "?" || typing) return;
    const help = document.querySelector("[data-board-help]");
    help.open = true;
    help.querySelector("summary").focus();
  }

  filter() {
    const { owner, q } = this.form.elements;
    this.sheet.setRows({ owner: Number(owner?.value || 0), text: q.value });
    const bars = this.sheet.rows.filter((row) => row.kind === "copy").length;
    this.querySelector("[data-board-empty]").hidden = this.sheet.rows.length > 0;
    if (document.activeElement === q) this.say(fill(this.words.shown, { n: bars }), { quiet: true });
    const { grid } = this.sheet;
    if (!grid.querySelector('[tabindex="0"]')) this.rove(grid.querySelector("[role=rowheader]"));
  }

  barOf(cell) {
    const copy = Number(cell.closest("[data-copy]").dataset.copy);
    return this.model.bars.get(copy).find((bar) => String(bar.pk) === cell.dataset.bar);
  }

  /* A loan that may be taken next: its places are asked for at once. */
  foresee(target) {
    const bar = target.closest("[data-bar]");
    const card = target.closest("[data-verb=lift]")?.closest("[data-request]");
    const request = bar ? this.movable(this.barOf(bar)) : Number(card?.dataset.request);
    if (request && !this.carry.busy) this.places.foresee(request);
  }

  movable(bar) {
    return this.model.editable && MOVABLE.has(bar.kind) && bar.request;
  }

  /* -- moving about -- */

  rove(cell) {
    if (!cell) return;
    this.sheet.grid.querySelector('[tabindex="0"]')?.setAttribute("tabindex", "-1");
    cell.tabIndex = 0;
  }

  focused(target) {
    const cell = target.closest("[role=gridcell], [role=rowheader]");
    if (!cell) return;
    this.rove(cell);
    this.sheet.focusKey = cell.closest("[role=row]").dataset.key;
    if (cell.dataset.bar) {
      const bar = this.barOf(cell);
      this.foresee(cell);
      this.select(bar);
      if (cell.matches(":focus-visible")) this.hover(cell);
    } else this.hover(null);
  }

  cells(row) {
    return [...row.querySelectorAll("[role=rowheader], [role=gridcell]")];
  }

  key(event) {
    const cell = event.target.closest("[role=gridcell], [role=rowheader]");
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    const row = cell.closest("[role=row]");
    const cells = this.cells(row);
    const at = cells.indexOf(cell);
    const moves = {
      ArrowRight: () => this.go(cells[at + 1]),
      ArrowLeft: () => this.go(cells[at - 1]),
      ArrowDown: () => this.goRow(row, cell, 1),
      ArrowUp: () => this.goRow(row, cell, -1),
      PageDown: () => this.goRow(row, cell, 10),
      PageUp: () => this.goRow(row, cell, -10),
      Home: () => this.go(cells[0]),
      End: () => this.go(cells.at(-1)),
      Enter: () => this.act(cell),
      " ": () => this.act(cell),
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    moves[event.key]();
  }

  go(cell) {
    if (!cell) return;
    cell.focus({ preventScroll: true });
    if (!cell.dataset.bar) return;
    const bar = this.barOf(cell);
    this.sheet.reveal(bar.copy, bar.leave, bar.free);
  }

  goRow(row, cell, by) {
    const { sheet } = this;
    const here = sheet.rows.findIndex((each) => each.key === row.dataset.key);
    const target = sheet.rows[Math.min(Math.max(here + by, 0), sheet.rows.length - 1)];
    if (!target || target.key === row.dataset.key) return;
    const head = sheet.heads.offsetHeight;
    const { box } = sheet;
    if (target.top < box.scrollTop) box.scrollTop = target.top;
    else if (target.top + target.height > box.scrollTop + box.clientHeight - head)
      box.scrollTop = target.top + target.height - box.clientHeight + head;
    sheet.draw();
    const element = sheet.drawn.get(target.key);
    const bars = [...element.querySelectorAll("[data-bar]")];
    const wish = cell.dataset.bar ? this.barOf(cell).start : null;
    if (wish === null || !bars.length) return this.go(element.querySelector("[role=rowheader]"));
    const far = (each) => Math.abs(this.barOf(each).start - wish);
    return this.go(bars.reduce((best, each) => (far(each) < far(best) ? each : best)));
  }

  act(cell) {
    if (cell.dataset.group) return this.toggle(Number(cell.dataset.group));
    if (!cell.dataset.bar) return location.assign(this.model.copies.get(Number(cell.dataset.copy)).url);
    const bar = this.barOf(cell);
    if (this.movable(bar)) return this.carry.lift({ request: bar.request, bar });
    return this.say(this.words.fixed[bar.kind] ?? this.words.fixed.other);
  }

  toggle(group) {
    const { closed } = this.model;
    if (!closed.delete(group)) closed.add(group);
    this.filter();
    const head = this.sheet.grid.querySelector(`[data-group="${group}"]`);
    this.rove(head);
    head?.focus({ preventScroll: true });
  }

  focusBar(bar) {
    this.sheet.reveal(bar.copy, bar.leave, bar.free);
    const cell = this.sheet.element(bar);
    this.rove(cell);
    cell?.focus({ preventScroll: true });
  }

  /* Show the loan of a request, from the list of the week or the map. */
  find(request) {
    const bar = this.model.byRequest.get(request);
    if (!bar) return;
    const group = this.model.copies.get(bar.copy).group;
    this.model.closed.delete(group);
    if (!this.sheet.rowOf(bar.copy)) {
      this.form.elements.q.value = "";
      if (this.form.elements.owner) this.form.elements.owner.value = "";
    }
    this.filter();
    this.scrollIntoView({ block: "nearest" });
    this.focusBar(bar);
  }

  click(event) {
    const { target } = event;
    const [head, cell, verb] = ["group", "bar", "verb"].map((name) => target.closest(`[data-${name}]`));
    if (head) this.toggle(Number(head.dataset.group));
    else if (cell) cell.focus({ preventScroll: true });
    else if (target.closest("[data-board-fold]")) this.foldAll();
    else if (target.closest("[data-board-undo]")) this.takeBack();
    else if (target.closest("[data-board-today]")) this.sheet.showDay(this.model.today ?? 0);
    else if (verb) this.does(verb);
  }

  foldAll() {
    const { closed, groups } = this.model;
    const all = closed.size < groups.length;
    closed.clear();
    if (all) for (const group of groups) closed.add(group.id);
    this.filter();
  }

  does(button) {
    const request = Number(button.closest("[data-request]").dataset.request);
    const bar = this.model.byRequest.get(request) ?? null;
    if (button.dataset.verb === "lift") return this.carry.lift({ request, bar });
    if (button.dataset.verb === "keep")
      return this.change("move", { request, copy: bar.copy, start: this.calendar.iso(bar.start), gives_way: "" });
    return this.change(button.dataset.verb, { request });
  }

  /* -- what is shown of one loan -- */

  lines(bar) {
    const host = this.model.hosts.get(bar.host);
    const copy = this.model.copies.get(bar.copy);
    const group = this.model.groups.find((each) => each.id === copy.group);
    const number = (value) => new Intl.NumberFormat(this.lang, { maximumFractionDigits: 1 }).format(value);
    return {
      commune: host.commune,
      host: host.name,
      what: group.name,
      copy: copy.label,
      period: this.sheet.period(bar.start, bar.end),
      days: fill(this.words.days, { n: bar.end - bar.start }),
      around: this.sheet.period(bar.leave, bar.free),
      kind: this.words.kinds[bar.kind],
      worth: bar.worth ? number(bar.worth) : "–",
      km: bar.km ? `${number(Math.round(bar.km))} km` : "–",
    };
  }

  select(bar) {
    if (!this.details) return;
    for (const [name, text] of Object.entries(this.lines(bar)))
      for (const field of this.details.querySelectorAll(`[data-field="${name}"]`)) field.textContent = text;
    this.details.dataset.request = bar.request;
    for (const button of this.details.querySelectorAll("[data-for]"))
      button.hidden = !this.model.editable || !button.dataset.for.split(" ").includes(bar.kind) || !bar.request;
    for (const link of this.details.querySelectorAll("[data-href]")) {
      const pk = link.dataset.of === "loan" ? bar.pk : bar.request;
      link.hidden = !pk;
      link.href = link.dataset.href.replace("/0/", `/${pk}/`);
    }
    this.details.hidden = false;
    this.querySelector("[data-board-hint]")?.setAttribute("hidden", "");
    document.dispatchEvent(new CustomEvent("board:chosen", { detail: { copy: bar.copy, start: bar.start, day: this.calendar.iso(bar.start) } }));
  }

  /* The bar that has the focus of the keyboard: its card stays with it. */
  get watched() {
    return this.sheet.grid.querySelector("[data-bar]:focus-visible");
  }

  hover(cell) {
    this.card.hover(cell);
  }

  /* -- talking with the server -- */

  async ask(what, values) {
    clearTimeout(this.warming);
    const url = new URL(this.dataset[what], location.href);
    for (const [name, value] of Object.entries(values)) url.searchParams.set(name, value);
    const began = performance.now();
    try {
      const response = await fetch(url, { headers: { Accept: "application/json" } });
      const answer = await response.json();
      this.dataset.answerMs = (performance.now() - began).toFixed(1);
      if (response.ok) return { answer };
      return { message: answer.message ?? this.words.failed };
    } catch {
      return { message: this.words.failed };
    }
  }

  async change(verb, values, mode = "pointer") {
    const body = new URLSearchParams({ ...values, stamp: this.model.stamp });
    const headers = { Accept: "application/json", "X-CSRFToken": this.dataset.csrf };
    const url = this.dataset[verb].replace("/0/", `/${values.request ?? 0}/`);
    await this.places.quiet();
    try {
      const response = await fetch(url, { method: "POST", body, headers });
      const answer = await response.json();
      if (!response.ok) return this.say(answer.message ?? this.words.failed, { bad: true });
      return this.apply(answer, values.request, mode);
    } catch {
      return this.say(this.words.failed, { bad: true });
    }
  }

  apply(answer, request, mode) {
    this.model.stamp = answer.stamp;
    this.places.forget();
    this.model.meet(answer.hosts);
    this.model.replace(answer.copies, answer.bars);
    this.sheet.redraw(answer.copies);
    this.fillTray(answer.tray);
    for (const total of document.querySelectorAll("[data-board-count], [data-board-total]")) total.textContent = answer.refused;
    this.undo = answer.undo;
    this.say(answer.message, { undo: Boolean(answer.undo) });
    const bar = this.model.byRequest.get(request);
    if (bar && mode === "keys") this.focusBar(bar);
    if (bar) this.select(bar);
    else if (this.details && Number(this.details.dataset.request) === request) this.details.hidden = true;
    this.dispatchEvent(new CustomEvent("board:changed", { bubbles: true }));
  }

  takeBack() {
    if (this.undo) this.change("undo", { token: this.undo });
    this.undo = null;
  }

  /* Aloud, and, unless quiet, in the line above the board. */
  say(text, { quiet = false, undo = false, bad = false } = {}) {
    this.live.textContent = "";
    this.live.textContent = text;
    if (quiet) return;
    this.said.hidden = false;
    this.said.classList.toggle("is-bad", bad);
    this.said.querySelector("[data-board-said-text]").textContent = text;
    this.said.querySelector("[data-board-undo]").hidden = !undo;
  }
}

customElements.define("maillage-board", MaillageBoard);
