/* Carry a loan to another place: by pointer or by keys, one machine. The slots come
   from the server in one answer; what a place costs is shown before it is dropped. */
import { fill } from "./time.js";

const HOLD_MS = 350; // a finger that stays this long takes the loan
const MOVE_PX = 5; // a mouse that goes this far does
const EDGE = 48;

/* Runs of starts by copy, as [copy, first, last, change, km, losers, shift]. */
export const readSlots = ({ slots, days }) => {
  const found = new Map();
  for (const [copy, first, last, change, km, losers, shift] of slots) {
    if (!found.has(copy)) found.set(copy, []);
    found.get(copy).push({ copy, first, last, change, km, losers, shift, days });
  }
  return found;
};

/* The place nearest to a day on a copy: no loser rather than one, then what it brings. */
export const nearest = (runs, day) => {
  let best = null;
  for (const run of runs ?? []) {
    const start = Math.min(Math.max(day, run.first), run.last);
    const rank = [Math.abs(start - day), run.losers.length, -run.change];
    if (best === null || before(rank, best.rank)) best = { run, start, rank };
  }
  return best && { run: best.run, start: best.start };
};

const before = (a, b) => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return false;
};

export class Carry {
  constructor(host) {
    this.host = host;
    this.tag = host.querySelector("[data-board-price]");
    this.ghost = document.createElement("div");
    this.ghost.className = "board-ghost";
    this.ghost.setAttribute("aria-hidden", "true");
    this.tag.addEventListener("keydown", (event) => this.key(event));
    for (const area of [host.sheet.box, host.tray])
      area.addEventListener("pointerdown", (event) => this.press(event));
  }

  get busy() {
    return Boolean(this.load);
  }

  /* What is under the pointer that may be carried: a bar, or a card of the tray. */
  subject(target) {
    const cell = target.closest("[data-bar]");
    if (cell) {
      const bar = this.host.barOf(cell);
      return bar && this.host.movable(bar) ? { request: bar.request, bar } : null;
    }
    const card = target.closest("[data-request]");
    return card && !target.closest("a, button") ? { request: Number(card.dataset.request), bar: null } : null;
  }

  press(event) {
    if (!this.host.model.editable || event.button !== 0 || this.busy) return;
    const subject = this.subject(event.target);
    if (!subject) return;
    performance.mark("board-press");
    this.host.places.foresee(subject.request);
    const from = { x: event.clientX, y: event.clientY };
    const watch = new AbortController();
    const options = { signal: watch.signal };
    const begin = () => {
      clearTimeout(timer);
      watch.abort();
      this.drag(subject, event.pointerId, from);
    };
    const timer = event.pointerType === "mouse" ? 0 : setTimeout(begin, HOLD_MS);
    const stop = () => {
      clearTimeout(timer);
      watch.abort();
    };
    addEventListener("pointermove", (move) => {
      const far = Math.hypot(move.clientX - from.x, move.clientY - from.y) > MOVE_PX;
      if (far && move.pointerType === "mouse") begin();
      else if (far) stop(); // a finger that scrolls
    }, options);
    addEventListener("pointerup", stop, options);
    addEventListener("pointercancel", stop, options);
  }

  async take({ request, bar }, mode) {
    this.host.hover(null);
    const load = { request, bar, mode, target: null, slots: new Map() };
    this.load = load;
    const { answer, message } = await this.host.places.of(request);
    if (this.load !== load) return false; // let go meanwhile
    if (!answer) {
      this.load = null;
      this.host.say(message);
      return false;
    }
    load.slots = readSlots(answer);
    load.days = answer.days;
    load.names = new Map(answer.names);
    load.first = bar ? { copy: bar.copy, start: bar.start } : null;
    if (!load.slots.size) {
      this.load = null;
      this.host.say(answer.none);
      return false;
    }
    this.host.sheet.carried = bar;
    return true;
  }

  /* -- by pointer -- */

  async drag(subject, id, from) {
    const { host } = this;
    const { sheet } = host;
    const grip = subject.bar ? sheet.dayAt(from.x - sheet.box.getBoundingClientRect().left) - subject.bar.start : 3;
    const watch = new AbortController();
    const options = { signal: watch.signal };
    this.at = from;
    this.grip = grip;
    this.tag.setPointerCapture(id); // its cursor, and nothing lights up on the way
    const still = (event) => event.preventDefault();
    document.addEventListener("touchmove", still, { passive: false, signal: watch.signal });
    document.addEventListener("contextmenu", still, options);
    document.addEventListener("selectstart", still, options);
    this.end = () => {
      watch.abort();
      cancelAnimationFrame(this.gliding);
      if (this.tag.hasPointerCapture(id)) this.tag.releasePointerCapture(id);
    };
    addEventListener("pointermove", (event) => {
      this.at = { x: event.clientX, y: event.clientY };
      this.over();
    }, options);
    addEventListener("pointerup", () => this.drop(), options);
    addEventListener("pointercancel", () => this.cancel(), options);
    addEventListener("keydown", (event) => event.key === "Escape" && this.cancel(), options);
    if (!(await this.take(subject, "pointer"))) return this.end?.();
    sheet.light(this.load.slots, subject.bar ? null : { wanted: this.load.slots });
    this.over();
    performance.mark("board-slots");
    this.glide();
    return undefined;
  }

  /* Near an edge, the sheet goes on by itself. */
  glide() {
    const step = () => {
      if (!this.load) return;
      const { box } = this.host.sheet;
      const frame = box.getBoundingClientRect();
      const { x, y } = this.at;
      const push = (value, low, high) => (value < low + EDGE ? -1 : value > high - EDGE ? 1 : 0);
      if (x > frame.left && x < frame.right && y > frame.top && y < frame.bottom) {
        const dx = push(x, frame.left + this.host.sheet.names, frame.right) * 9;
        const dy = push(y, frame.top + this.host.sheet.heads.offsetHeight, frame.bottom) * 9;
        if (dx || dy) {
          box.scrollBy(dx, dy);
          this.over();
        }
      }
      this.gliding = requestAnimationFrame(step);
    };
    this.gliding = requestAnimationFrame(step);
  }

  over() {
    const { load } = this;
    const { sheet } = this.host;
    if (!load?.slots.size) return;
    const frame = sheet.box.getBoundingClientRect();
    const y = this.at.y - frame.top - sheet.heads.offsetHeight + sheet.box.scrollTop;
    const row = sheet.rows[sheet.rowAt(y)];
    const inside = this.at.x > frame.left && this.at.x < frame.right && this.at.y > frame.top && this.at.y < frame.bottom;
    const day = Math.round(sheet.dayAt(this.at.x - frame.left) - this.grip);
    const runs = inside && row?.kind === "copy" ? load.slots.get(row.copy.pk) : null;
    const found = runs ? nearest(runs, day) : null;
    this.aim(found && Math.abs(found.start - day) * sheet.px < 160 ? found : null);
    this.place(this.at.x, this.at.y);
  }

  place(x, y) {
    const { tag } = this;
    const wide = tag.offsetWidth;
    tag.style.insetInlineStart = `${Math.max(8, Math.min(x + 16, innerWidth - wide - 8))}px`;
    tag.style.insetBlockStart = `${Math.min(y + 18, innerHeight - tag.offsetHeight - 8)}px`;
  }

  /* -- by keys -- */

  async lift(subject) {
    if (!(await this.take(subject, "keys"))) return;
    const { sheet } = this.host;
    const { load } = this;
    sheet.light(load.slots, { wanted: load.slots });
    this.tag.hidden = false;
    this.tag.focus({ preventScroll: true });
    const copy = load.slots.has(subject.bar?.copy) ? subject.bar.copy : this.order()[0];
    const wish = subject.bar?.start ?? load.slots.get(copy)[0].first;
    const lead = fill(this.host.words.carrying, { n: load.slots.size });
    this.show(nearest(load.slots.get(copy), wish), lead);
    performance.mark("board-slots");
  }

  order() {
    return this.host.sheet.rows.filter((row) => row.kind === "copy").map((row) => row.copy.pk);
  }

  key(event) {
    const { load } = this;
    if (!load || load.mode !== "keys") return;
    const far = event.shiftKey ? 7 : 1;
    const steps = {
      ArrowRight: () => this.step(far),
      ArrowLeft: () => this.step(-far),
      ArrowDown: () => this.turn(1),
      ArrowUp: () => this.turn(-1),
      Home: () => this.step(-1000),
      End: () => this.step(1000),
      Enter: () => this.drop(),
      " ": () => this.drop(),
      Escape: () => this.cancel(),
      Tab: () => {},
    };
    if (!(event.key in steps)) return;
    event.preventDefault();
    event.stopPropagation();
    steps[event.key]();
  }

  /* The next start on this copy, in time. */
  step(by) {
    const { run, start } = this.load.target;
    const runs = this.load.slots.get(run.copy);
    const wish = start + by;
    let best = null;
    for (const each of runs) {
      const [low, high] = by > 0 ? [Math.max(each.first, start + 1), each.last] : [each.first, Math.min(each.last, start - 1)];
      if (low > high) continue;
      const at = Math.min(Math.max(wish, low), high);
      const rank = [Math.abs(at - wish), each.losers.length, -each.change];
      if (!best || before(rank, best.rank)) best = { run: each, start: at, rank };
    }
    this.show(best ?? this.load.target, best ? "" : this.host.words.no_more);
  }

  turn(by) {
    const copies = this.order();
    const next = copies[copies.indexOf(this.load.target.run.copy) + by];
    if (next === undefined) return this.show(this.load.target, this.host.words.no_more);
    return this.show(nearest(this.load.slots.get(next), this.load.target.start), "");
  }

  show(target, lead) {
    const { sheet } = this.host;
    this.aim(target);
    sheet.reveal(target.run.copy, target.start, target.start + target.run.days);
    this.settle();
    const frame = this.ghost.getBoundingClientRect();
    this.place(frame.left - 16, frame.bottom - 8);
    const copy = this.host.model.copies.get(target.run.copy);
    const where = `${copy.label}, ${sheet.period(target.start, target.start + target.run.days)}`;
    this.tag.setAttribute("aria-valuemin", 0);
    this.tag.setAttribute("aria-valuemax", this.host.model.days);
    this.tag.setAttribute("aria-valuenow", target.start);
    this.tag.setAttribute("aria-valuetext", where);
    this.host.say([lead, where, ...this.cost(target)].filter(Boolean).join(". "), { quiet: true });
  }

  /* -- both -- */

  /* What a place costs, in words. */
  cost({ run, start }) {
    const { words, number } = this.host;
    const { first } = this.load;
    if (first && first.copy === run.copy && first.start === start && !run.losers.length) return [words.here];
    const lines = [
      fill(words.change, { value: number(run.change) }),
      fill(words.km, { km: number(run.km) }),
    ];
    if (run.shift) lines.push(fill(words.shift, { days: run.shift }));
    for (const pk of run.losers) lines.push(fill(words.loser, { name: this.load.names.get(pk) ?? pk }));
    return lines;
  }

  aim(target) {
    this.load.target = target;
    this.tag.hidden = !target && this.load.mode === "pointer" && !this.at;
    const { tag } = this;
    tag.classList.toggle("is-nowhere", !target);
    if (!target) {
      this.ghost.remove();
      tag.replaceChildren(line("p", this.host.words.nowhere));
      tag.hidden = false;
      return;
    }
    const { run, start } = target;
    const copy = this.host.model.copies.get(run.copy);
    const head = line("strong", this.host.sheet.period(start, start + run.days));
    const lines = this.cost(target).map((text, i) => line("p", text, i > 1 ? "is-loser" : ""));
    tag.classList.toggle("is-gain", run.change > 0.05);
    tag.classList.toggle("is-loss", run.change < -0.05);
    tag.replaceChildren(line("small", copy.label), head, ...lines);
    tag.hidden = false;
    this.settle();
  }

  /* The ghost in its row, which may just have been drawn. */
  settle() {
    const { target } = this.load;
    if (!target) return;
    const { sheet } = this.host;
    sheet.at(this.ghost, target.start, target.start + target.run.days);
    this.ghost.classList.toggle("is-dear", target.run.losers.length > 0);
    sheet.drawn.get(`c${target.run.copy}`)?.append(this.ghost);
  }

  async drop() {
    const { load } = this;
    if (!load) return;
    const { target, first } = load;
    const still = target && first && target.run.copy === first.copy && target.start === first.start;
    if (!target || still) return this.cancel();
    this.release();
    await this.host.change("move", {
      request: load.request,
      copy: target.run.copy,
      start: this.host.calendar.iso(target.start),
      gives_way: target.run.losers.join(","),
    }, load.mode);
  }

  cancel() {
    const { load } = this;
    if (!load) return this.end?.();
    this.release();
    this.host.say(this.host.words.cancelled, { quiet: true });
    if (load.bar) this.host.focusBar(load.bar);
    else this.host.tray.querySelector(`[data-request="${load.request}"] button`)?.focus();
    return undefined;
  }

  release() {
    const { load } = this;
    const { sheet } = this.host;
    this.load = null;
    this.end?.();
    this.end = null;
    this.ghost.remove();
    this.tag.hidden = true;
    sheet.carried = null;
    sheet.light(null);
    if (load.mode === "keys" || !load.bar) this.host.filter();
  }
}

const line = (tag, text, className = "") => {
  const element = document.createElement(tag);
  element.textContent = text;
  if (className) element.className = className;
  return element;
};
