/* Where a loan may go, asked of the server before it is taken: when it gets the focus,
   when the pointer rests on it, when it is pressed. One question ahead at a time, and
   of those that wait only the last. */

const KEPT_MS = 15_000; // somebody else may have moved something since

export class Places {
  /* `ask` gives a promise of `{ answer }` or `{ message }`. */
  constructor(ask) {
    this.ask = ask;
    this.forget();
  }

  /* After any change: the places are others. */
  forget() {
    this.kept = null;
    this.next = null;
  }

  /* Before a change: nothing is asked meanwhile. */
  quiet() {
    this.next = null;
    return this.kept?.found;
  }

  foresee(request) {
    if (this.known(request)) return;
    if (this.kept?.isAsked) this.next = request;
    else this.begin(request);
  }

  known(request) {
    return this.kept?.request === request && performance.now() - this.kept.since < KEPT_MS;
  }

  of(request) {
    if (!this.known(request)) this.begin(request);
    return this.kept.found;
  }

  begin(request) {
    const kept = { request, since: performance.now(), isAsked: true };
    this.next = null;
    this.kept = kept;
    kept.found = this.ask(request).then((found) => {
      kept.isAsked = false;
      if (this.kept !== kept) return found;
      if (!found.answer) this.kept = null; // asked again when it is taken
      if (this.next !== null) this.begin(this.next);
      return found;
    });
  }
}
