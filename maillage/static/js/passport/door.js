/* <maillage-door data-data="…" data-send="…" data-number="…" data-worker="…" data-scope="…">
     … what is to be read without JavaScript or without leave …
   </maillage-door>
   Checks passes at a door. A code is verified here, with no network; the site is asked
   for limits of use when it answers at once, and told of the rest later. */
import { beep, Camera, Keys } from "../field/scan.js";
import { numberIn } from "./door-number.js";
import { Passage, peopleOn, suits, Uses } from "./door-passage.js";
import { Store } from "./door-store.js";
import { Offline, Sync, TurnedOff, Untrusted } from "./door-sync.js";
import { date, download, euros, many, say, troubleOf, words } from "./door-words.js";
import { howToVerify, verify } from "./verify.js";

const EVERY_MS = 30_000;
const PATIENCE_MS = 1500; // people wait at the door
const SAME_MS = 4000; // the pass that was just seen is still before the lens
const TWICE_MS = 400; // the second half of a double tap
const TOKEN = /^#([A-Za-z0-9_-]{43})$/;

const raw = (text) => text.replace(/^\s+/, ""); // Base45 knows the space: never cut one off the end

class MaillageDoor extends HTMLElement {
  async connectedCallback() {
    if (!globalThis.indexedDB || (await howToVerify()) === "none") return this.why(words.no_crypto);
    this.store = await Store.open().catch(() => null); // a private window may keep nothing
    if (!this.store) return this.why(words.no_crypto);
    this.sync = new Sync(this, this.store);
    this.uses = new Uses(this.store);
    addEventListener("hashchange", this);
    await this.enrol();
  }

  async start() {
    this.isOn = true;
    this.part("plain").hidden = true;
    this.part("app").hidden = false;
    this.keys = new Keys((text) => this.check(text), { clean: raw });
    document.addEventListener("keydown", this.keys);
    for (const type of ["click", "submit", "change"]) this.addEventListener(type, this);
    for (const type of ["online", "offline"]) addEventListener(type, this);
    this.timer = setInterval(() => this.exchange(), EVERY_MS);
    navigator.serviceWorker?.register(this.dataset.worker, { scope: this.dataset.scope }).catch(() => null);
    navigator.storage?.persist?.();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.camera?.stop();
    document.removeEventListener("keydown", this.keys);
    for (const type of ["online", "offline", "hashchange"]) removeEventListener(type, this);
    this.store?.close();
  }

  /* The link that the place gave: its end is the leave, and goes out of the address.
     What another leave brought along may be of another place. */
  async enrol() {
    const [, token] = location.hash.match(TOKEN) ?? [];
    const known = await this.store.get("facts", "token");
    if (token) history.replaceState(null, "", location.pathname);
    if (token && token !== known) {
      await this.store.write(["facts"], (table) => {
        table("facts").put(token, "token");
        table("facts").delete("data");
      });
    }
    this.sync.token = token ?? known;
    if (!this.sync.token) return this.why(words.no_device);
    await this.read();
    if (!this.isOn) await this.start();
    this.show();
    await this.exchange();
    this.dataset.ready = "yes";
  }

  part(role) {
    return document.querySelector(`[data-role="${role}"]`);
  }

  set(name, text) {
    const place = this.querySelector(`[data-slot="${name}"]`);
    place.textContent = text ?? "";
    place.hidden = !text;
  }

  note(text) {
    this.part("note").textContent = text;
  }

  why(text) {
    this.part("why").textContent = text;
    this.dataset.ready = "no";
  }

  async read() {
    this.data = await this.store.get("facts", "data");
    this.trust = await this.store.get("facts", "trust");
    this.quiet = (await this.store.get("facts", "quiet")) ?? false;
    this.waiting = await this.store.queue();
  }

  get now() {
    return Date.now() + (this.data?.ahead ?? 0);
  }

  get day() {
    return new Date(this.now).toLocaleDateString("sv");
  }

  handleEvent(event) {
    const { type, target } = event;
    if (type === "hashchange") this.enrol();
    else if (type === "submit") this.submit(event);
    else if (type === "online" || type === "offline") this.exchange();
    else if (type === "change") this.change(target);
    else if (type === "click") this.click(target);
  }

  click(target) {
    const button = target.closest("[data-do], [data-step]");
    if (!button) return;
    const what = button.dataset.do;
    if (what === "next") return this.next();
    if (what === "camera") return this.isFilming ? this.dark() : this.film();
    if (what === "exchange") return this.exchange({ tell: true });
    if (what === "save") return download(this.waiting);
    const [name, by] = button.dataset.step.split(":");
    this.passage.count(name, this.passage[name] + Number(by));
    this.counts();
  }

  change(target) {
    if (target.name === "sound") this.store.put("facts", (this.quiet = !target.checked), "quiet");
    else if (target.name === "benefit") this.passage.choose(target.value);
    else if (target.dataset.count) this.passage.count(target.dataset.count, Number(target.value));
    if (this.passage) this.counts();
  }

  submit(event) {
    event.preventDefault();
    if (event.target.dataset.role === "entry") return this.enter();
    const { code } = event.target.elements;
    const text = raw(code.value).toUpperCase();
    const number = numberIn(text);
    if (number) return this.look(number, code);
    code.value = "";
    if (text) this.check(text, { isTyped: true });
  }

  /* What was typed stays until the site has told the code. */
  async look(number, field) {
    this.note(words.number.wait);
    const { code, why } = await this.sync.codeOf(number);
    this.note(why ?? "");
    if (!code) return;
    field.value = "";
    await this.check(code, { isTyped: true });
  }

  // A code ------------------------------------------------------------------------

  async check(text, { isTyped = false } = {}) {
    if (this.busy) return;
    if (!this.trust || !this.data) return this.note(words.never);
    this.busy = true;
    this.isTyped = isTyped;
    try {
      const began = performance.now();
      const verdict = await verify(text, this.trust, Math.floor(this.now / 1000));
      this.dataset.ms = (performance.now() - began).toFixed(2);
      await this.judge(text, verdict);
    } finally {
      this.busy = false;
    }
  }

  async judge(text, { ok, reason, claims }) {
    const benefits = claims ? this.data.benefits.filter((one) => suits(one, claims, this.day)) : [];
    this.passage = new Passage(text, claims, benefits);
    if (!ok) return this.refuse(reason);
    if (!benefits.length) return this.refuse("not_here");
    if (this.passage.isPlain) return this.enter();
    this.ask();
  }

  /* How many come in, and with which benefit: nobody is let in before that is said. */
  ask() {
    const { benefits } = this.passage;
    const list = this.part("benefits");
    list.hidden = benefits.length < 2;
    const [first, ...others] = list.querySelectorAll("label");
    for (const label of others) label.remove();
    for (const [rank, benefit] of benefits.entries()) {
      const label = rank ? list.appendChild(first.cloneNode(true)) : first;
      label.querySelector("input").value = benefit.id;
      label.querySelector("span").textContent = [benefit.label, benefit.event].filter(Boolean).join(" – ");
    }
    first.querySelector("input").checked = true;
    this.tell("ask", "?", words.ask, { who: this.who() });
    this.part("after").hidden = true;
    this.part("entry").hidden = false;
    this.counts();
    this.part("enter").focus();
  }

  counts() {
    for (const name of ["members", "companions"]) {
      const most = this.passage.most(name);
      this.part(name).hidden = most < (name === "members" ? 2 : 1);
      Object.assign(this.part(name).querySelector("input"), { max: most, value: this.passage[name] });
    }
    this.set("gives", this.gives());
  }

  async enter() {
    if (this.entering) return;
    this.entering = true;
    try {
      await this.decide(this.row({ accepted: true }));
    } finally {
      this.entering = false;
    }
    this.exchange();
  }

  /* The site is asked if it answers at once; else what this phone knows decides. */
  async decide(row) {
    if (navigator.onLine) {
      try {
        const [said] = await this.sync.post([{ ...row, offline: false }], PATIENCE_MS);
        if (said.outcome === "refused") return this.refuse(said.reason, { isKnown: true });
        if (said.state !== "bad") return this.welcome(said.flag);
      } catch (error) {
        if (!(error instanceof Offline) && !(error instanceof TurnedOff)) throw error;
      }
    }
    if (await this.uses.isUsedUp(this.passage, this.day)) return this.refuse("limit_reached");
    await this.keep(row);
    await this.welcome("");
  }

  row({ accepted }) {
    return this.passage.row({ accepted, place: this.data.place.id, now: this.now });
  }

  async keep(row) {
    await this.store.put("queue", row);
    this.waiting = await this.store.queue();
  }

  // What is said ------------------------------------------------------------------

  who() {
    const { kind, age_band: band, people } = this.passage.claims;
    return [words.kinds[kind], band && words.bands[band], people > 1 && many(words.people, people)].filter(Boolean).join(" · ");
  }

  gives() {
    const { benefit, cents } = this.passage;
    return cents ? say(words.pay, { euros: euros(cents) }) : benefit.label;
  }

  async welcome(flag) {
    await this.uses.remember(this.passage, this.day);
    this.tell("yes", "✓", words.yes, {
      gives: this.gives(),
      who: this.passage.people > 1 ? many(words.enter, this.passage.people) : this.who(),
      why: flag ? say(words.flagged, { why: words.reasons[flag] }) : "",
    });
    this.after(true);
  }

  async refuse(reason, { isKnown = false } = {}) {
    const { claims } = this.passage;
    const when = { expired: claims?.exp - 1, not_yet_valid: claims?.nbf }[reason];
    this.tell("no", "✕", words.no, {
      why: [words.reasons[reason], when && say(words.when[reason], { day: date(when, "long") })].filter(Boolean).join(", "),
      advice: words.advice[reason],
    });
    this.after(false);
    // a code of another service is nobody's business: only passes are told of
    if (!claims || isKnown) return;
    await this.keep(this.row({ accepted: false }));
    this.exchange();
  }

  tell(tone, sign, title, { gives = "", who = "", why = "", advice = "" }) {
    const verdict = this.part("verdict");
    verdict.dataset.tone = tone;
    verdict.hidden = false;
    for (const [name, text] of Object.entries({ sign, title, gives, who, why, advice })) this.set(name, text);
    this.note("");
    this.part("scan").hidden = true;
    this.camera?.stop();
    this.part("video").hidden = true;
    verdict.scrollIntoView?.({ block: "nearest" });
  }

  after(good) {
    this.toldAt = Date.now();
    this.part("entry").hidden = true;
    this.part("after").hidden = false;
    this.part("after").querySelector("button").focus();
    if (!this.quiet) beep(good);
    navigator.vibrate?.(good ? 80 : [80, 80, 240]);
    this.show();
  }

  next() {
    if (Date.now() - this.toldAt < TWICE_MS) return;
    this.last = { text: this.passage.text, at: Date.now() };
    this.passage = null;
    for (const role of ["verdict", "entry", "after"]) this.part(role).hidden = true;
    this.part("scan").hidden = false;
    if (this.isFilming) this.film();
    // a keyboard that opens over the page is for those who type
    (this.isTyped ? this.part("typed").elements.code : this.part("camera")).focus();
  }

  async film() {
    const video = this.part("video");
    this.camera?.stop();
    this.camera = new Camera(video, (text) => this.seen(text), { clean: raw });
    video.hidden = false;
    this.isFilming = true;
    this.isBlind = false;
    this.show();
    try {
      await this.camera.start();
      navigator.wakeLock?.request("screen").catch(() => null);
    } catch {
      this.isBlind = true;
      this.dark();
    }
  }

  /* Not again the pass that was just let in. */
  seen(text) {
    if (text !== this.last?.text || Date.now() - this.last.at > SAME_MS) this.check(text);
  }

  dark() {
    this.camera?.stop();
    this.isFilming = false;
    this.part("video").hidden = true;
    this.show();
  }

  // The site ----------------------------------------------------------------------

  async exchange({ tell = false } = {}) {
    if (this.exchanging) return void (this.again = true);
    Object.assign(this, { exchanging: true, again: false });
    try {
      if (!navigator.onLine) throw new Offline();
      if (!this.data) await this.sync.take();
      await this.read();
      const flags = await this.sync.send(this.data.place.id);
      await this.sync.take();
      Object.assign(this, { off: "", isReached: true });
      if (flags.length) this.note(say(words.flagged, { why: [...new Set(flags)].map((flag) => words.reasons[flag]).join(", ") }));
      else if (tell) this.note(words.fresh);
    } catch (error) {
      this.failed(error, tell);
    } finally {
      this.exchanging = false;
    }
    await this.read();
    this.show();
    if (this.again) await this.exchange();
  }

  failed(error, tell) {
    this.isReached = !(error instanceof Offline);
    if (error instanceof TurnedOff) this.off = words.off_device;
    else if (error instanceof Untrusted) this.off = words.untrusted;
    else if (!(error instanceof Offline)) throw error;
    else if (tell) this.note(words.unreached);
  }

  show() {
    const { data, trust, waiting } = this;
    const isOnline = navigator.onLine && this.isReached !== false;
    this.part("network").textContent = isOnline ? words.online : words.offline;
    this.part("network").dataset.on = isOnline;
    this.set("place", data?.place.name ?? words.door);
    this.set("where", [data?.place.commune, data?.device].filter(Boolean).join(" · "));
    this.set("today", data ? many(words.today, peopleOn(this.day, data, waiting)) : "");
    this.set("queue", waiting.length ? many(words.waiting, waiting.length) : words.sent);
    this.set("checked", trust && say(words.checked, { day: date(trust.made_at, "medium") }));
    this.part("sound").checked = !this.quiet;
    const camera = this.part("camera");
    camera.querySelector("span").textContent = this.isFilming ? camera.dataset.stop : camera.dataset.start;
    this.querySelector("[data-do=save]").hidden = !waiting.length;
    const trouble = troubleOf(this);
    this.part("trouble").hidden = !trouble;
    this.set("trouble", trouble);
  }
}

customElements.define("maillage-door", MaillageDoor);
