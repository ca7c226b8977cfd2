/* What the pointer rests on, or the keyboard stands on, in a few words beside it. */

/* A pointer that rests so long may take the loan; a little longer, it reads. */
const FORESEE_MS = 60;
const READ_MS = 220;

export class Card {
  constructor(host) {
    this.host = host;
    this.element = host.querySelector("[data-board-card]");
  }

  hover(cell) {
    const { host } = this;
    clearTimeout(this.foreseeing);
    clearTimeout(this.reading);
    if (!cell || host.carry.busy) {
      this.element.hidden = true;
      return;
    }
    const still = (act) => () => cell.isConnected && !host.carry.busy && act();
    this.foreseeing = setTimeout(still(() => host.foresee(cell)), FORESEE_MS);
    const wait = cell.matches(":focus-visible") ? 0 : READ_MS;
    this.reading = setTimeout(still(() => this.tell(cell)), wait);
  }

  tell(cell) {
    const { element, host } = this;
    for (const [name, text] of Object.entries(host.lines(host.barOf(cell))))
      for (const field of element.querySelectorAll(`[data-field="${name}"]`)) field.textContent = text;
    element.hidden = false;
    const frame = cell.getBoundingClientRect();
    const room = host.sheet.box.getBoundingClientRect();
    element.hidden = frame.bottom < room.top + 60 || frame.top > room.bottom || frame.right < room.left;
    const left = Math.min(Math.max(8, frame.left, room.left), innerWidth - element.offsetWidth - 8);
    const under = frame.bottom + 4 + element.offsetHeight < innerHeight;
    element.style.insetInlineStart = `${left}px`;
    element.style.insetBlockStart = `${under ? frame.bottom + 4 : Math.max(8, frame.top - element.offsetHeight - 4)}px`;
  }
}
