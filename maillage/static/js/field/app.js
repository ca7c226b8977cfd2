/* <maillage-field data-user="7" data-data="…" data-send="…" data-picture="…" data-worker="…">
     … the list as it is without JavaScript …
   </maillage-field>
   The scan page: its loans, one handover, one report, what waits to be sent. The address
   says which (#pret-12, #constat-12, #envois), so that « back » works as everywhere. */
import { nextParents, sign } from "./chain.js";
import { fill, piece, say, slot, words } from "./dom.js";
import { Handover } from "./handover.js";
import { QueueView } from "./queue.js";
import { Report } from "./report.js";
import { Keys } from "./scan.js";
import { Store } from "./store.js";
import { SignedOut, Sync } from "./sync.js";

const EVERY_MS = 60_000;
const FRESH_MS = 5 * 60_000;
const ORDER = ["departure", "arrival", "leaving", "return"];

class MaillageField extends HTMLElement {
  async connectedCallback() {
    // hashes and a database need a page that came over HTTPS (or from this machine)
    if (!globalThis.isSecureContext || !globalThis.indexedDB) return;
    this.store = await Store.open(this.dataset.user);
    this.sync = new Sync(this);
    await this.read();
    this.querySelector("[data-role=plain]").hidden = true;
    this.place = this.querySelector("[data-role=view]");
    this.querySelector("[data-role=app]").hidden = false;
    for (const [target, name] of [
      [window, "hashchange"], [window, "online"], [window, "offline"], [document, "visibilitychange"], [this, "click"],
      [document, "submit"],
    ]) target.addEventListener(name, this);
    await this.route();
    this.timer = setInterval(() => this.waiting.length && this.exchange(), EVERY_MS);
    this.install();
    navigator.storage?.persist?.();
    await this.exchange({ take: true });
    this.dataset.ready = "yes";
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.view?.leave?.();
    for (const target of [window, document]) for (const name of ["hashchange", "online", "offline", "visibilitychange", "submit"]) target.removeEventListener(name, this);
    this.store?.close();
  }

  async install() {
    const { serviceWorker } = navigator;
    if (!serviceWorker) return;
    await serviceWorker.register(this.dataset.worker).catch(() => null);
  }

  handleEvent(event) {
    if (event.type === "hashchange") this.route({ focus: true });
    else if (event.type === "online") this.exchange({ take: true });
    else if (event.type === "offline") this.status();
    else if (event.type === "visibilitychange") {
      if (document.visibilityState === "visible") this.exchange({ take: Date.now() - this.facts.at > FRESH_MS });
    } else if (event.type === "submit") {
      if (event.target.matches("[data-form=find]")) this.search(event);
    } else if (event.target.closest("[data-do=exchange]")) this.exchange({ take: true });
  }

  /* What is on this phone, as it is now. */
  async read() {
    this.facts = (await this.store.get("facts", "self")) ?? { at: 0, ahead: 0, name: this.dataset.name };
    this.sound = (await this.store.get("facts", "sound")) ?? false;
    this.loans = await this.store.all("loans");
    this.queue = await this.store.queue();
    this.waiting = this.queue.filter((row) => row.state === "waiting");
  }

  get name() {
    return this.facts.name || this.dataset.name;
  }

  setSound(on) {
    this.sound = on;
    return this.store.put("facts", on, "sound");
  }

  keepDraft(key, draft) {
    return this.store.put("drafts", draft, key);
  }

  find(label) {
    const same = (each) => each.toUpperCase() === label;
    return this.loans.find((loan) => same(loan.label) || loan.parts.some((part) => same(part.label)));
  }

  /* The moment that comes next, what waits on this phone included. */
  next(loan) {
    const told = this.queue
      .filter((row) => row.line.loan === loan.loan && row.line.kind === "handover" && row.state !== "refused")
      .map((row) => ORDER.indexOf(row.line.payload.moment));
    return ORDER[Math.min(3, Math.max(ORDER.indexOf(loan.next), ...told.map((rank) => rank + 1)))];
  }

  // Views ------------------------------------------------------------------------

  async route({ focus = false } = {}) {
    this.view?.leave?.();
    this.view = null;
    const [, kind, key, moment] = location.hash.match(/^#(pret|constat|envois)-?(\d+)?-?(\w+)?/) ?? [];
    const loan = this.loans.find((each) => each.loan === Number(key));
    const able = loan && loan.parties.length > 0;
    if (kind === "envois") this.view = new QueueView(this);
    else if (kind === "pret" && able) this.view = new Handover(this, loan, await this.store.get("drafts", `handover:${key}`), moment ?? this.next(loan));
    else if (kind === "constat" && able) this.view = new Report(this, loan, await this.store.get("drafts", `report:${key}`), moment ?? this.next(loan));
    this.place.replaceChildren(this.view ? await this.view.render() : this.list());
    this.status();
    if (focus) {
      this.place.querySelector("h1").focus();
      scrollTo(0, 0);
    }
  }

  list() {
    const view = piece("field-list");
    const place = slot(view, "loans");
    for (const loan of this.loans) place.append(this.card(loan));
    const none = slot(view, "none");
    none.hidden = this.loans.length > 0;
    none.textContent = this.facts.at ? words.loans_none : words.loans_first;
    this.keys = new Keys((label) => this.open(label, view));
    document.addEventListener("keydown", this.keys);
    this.view = { leave: () => document.removeEventListener("keydown", this.keys) };
    return view;
  }

  card(loan) {
    const row = piece("field-card");
    const next = this.next(loan);
    const local = this.waiting.filter((each) => each.line.loan === loan.loan && each.line.kind === "handover").at(-1);
    const due = loan.is_over || next !== loan.next ? "" : say(words.due[next], { day: loan.due_words });
    const late = loan.due_on < new Date().toLocaleDateString("sv");
    fill(row, {
      moment: loan.is_over ? words.over : words.moments[next],
      due: late ? "" : due,
      late: late ? due : "",
      resource: loan.resource,
      host: `${loan.host}, ${loan.commune}`,
      label: `${loan.label} · ${say(words.parts, { n: loan.parts.length })}`,
      local: local ? say(words.noted, { moment: words.moments[local.line.payload.moment] }) : "",
    });
    row.dataset.moment = loan.is_over ? "over" : next;
    row.querySelector("a").href = `#pret-${loan.loan}`;
    return row;
  }

  search(event) {
    event.preventDefault();
    const { code } = event.target.elements;
    const label = code.value.trim().toUpperCase();
    if (label) this.open(label, event.target.closest("section"));
    code.value = "";
  }

  open(label, view) {
    const loan = this.find(label);
    if (loan) location.hash = `#pret-${loan.loan}`;
    else {
      const box = slot(view, "answer");
      box.dataset.tone = "bad";
      box.hidden = false;
      slot(box, "text").textContent = say(words.unknown, { label });
    }
  }

  status(trouble = "") {
    const refused = this.queue.filter((row) => row.state === "refused").length;
    const n = this.waiting.length;
    const waits = [words.queue_none, words.queue_one][n] ?? say(words.queue_many, { n });
    const time = new Date(this.facts.at);
    const today = time.toDateString() === new Date().toDateString();
    const fetched = today
      ? say(words.fetched, { time: time.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" }) })
      : say(words.fetched_on, { day: time.toLocaleDateString(document.documentElement.lang) });
    const bar = this.querySelector("[data-role=status]");
    bar.dataset.online = navigator.onLine ? "yes" : "no";
    fill(bar, {
      network: navigator.onLine ? words.online : words.offline,
      fetched: this.facts.at ? fetched : "",
      queue: refused ? `${waits} · ${say(words.queue_refused, { n: refused })}` : waits,
    });
    bar.dataset.queue = refused ? "refused" : n ? "waiting" : "none";
    const box = this.querySelector("[data-role=trouble]");
    box.hidden = !trouble;
    slot(box, "text").textContent = trouble;
  }

  notice(text) {
    this.querySelector("[data-role=notice]").textContent = text;
  }

  // Keeping and sending -------------------------------------------------------------

  /* Sign a line and put it on the disk of this phone; then try to send it. */
  async enqueue({ loan, kind, payload, party, signed_name, draft }) {
    await this.read();
    const recent = this.queue
      .filter((row) => row.line.copy === loan.copy)
      .filter((row) => row.state === "waiting" || (row.state === "sent" && row.answeredAt > this.facts.at))
      .map((row) => row.line);
    const known = this.loans.find((each) => each.loan === loan.loan)?.parents ?? loan.parents;
    const uuid = crypto.randomUUID();
    const line = await sign({
      uuid, copy: loan.copy, loan: loan.loan, kind, payload, party, signed_name,
      at: new Date(Date.now() + this.facts.ahead).toISOString(),
      parents: nextParents(known, recent),
    });
    const pictures = (await this.store.all("pictures")).filter((each) => each.key.startsWith(`${draft}:`));
    const signed = new Set((payload.lines ?? []).flatMap((row) => row.pictures));
    const rank = Math.max(0, ...this.queue.map((row) => row.rank)) + 1;
    const title = { resource: loan.resource, host: loan.host, reference: loan.reference };
    try {
      await this.store.write(["queue", "drafts", "pictures"], (table) => {
        table("queue").add({ uuid, rank, line, title, state: "waiting", code: "", message: "" });
        table("drafts").delete(draft);
        for (const picture of pictures) {
          table("pictures").delete(picture.key);
          if (signed.has(picture.sha256)) table("pictures").put({ ...picture, key: `${uuid}:${picture.sha256}`, uuid, state: "waiting" });
        }
      });
    } catch {
      this.status(words.lost);
      return false;
    }
    this.notice(words.kept);
    await this.read();
    this.status();
    this.exchange({ take: true });
    return true;
  }

  /* One exchange at a time; another that is asked meanwhile follows it. */
  exchange(options = {}) {
    this.busy = (this.busy ?? Promise.resolve()).then(() => this.trade(options)).catch(() => this.status());
    return this.busy;
  }

  async trade({ take = false }) {
    if (!navigator.onLine) return this.status();
    let trouble = "";
    const before = this.waiting.length;
    try {
      const self = await this.sync.fetch();
      if (String(self.user) !== this.dataset.user) {
        this.status(words.other_user);
        location.reload();
        return;
      }
      for (let round = 0; round < 3; round++) await this.sync.send(this.store);
      if (take || before) await this.sync.take(this.store);
    } catch (error) {
      if (error instanceof SignedOut) trouble = words.signed_out;
    }
    await this.read();
    if (before && !this.waiting.length && this.queue.every((row) => row.state !== "refused")) this.notice(words.sent_now);
    // a form under somebody's fingers is left alone
    if (!this.view?.loan && !this.place.querySelector("[name=code]")?.value) await this.route();
    this.status(trouble);
  }
}

customElements.define("maillage-field", MaillageField);
