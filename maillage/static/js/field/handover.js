/* One handover: scan what is there, see what is missing, confirm. What is scanned is kept
   at once, so that a page that dies in between loses nothing. */
import { choices, chosen, fill, piece, say, slot, words } from "./dom.js";
import { plain } from "./chain.js";
import { beep, Camera, Keys } from "./scan.js";

export class Handover {
  constructor(app, loan, draft, moment) {
    this.app = app;
    this.loan = loan;
    this.key = `handover:${loan.loan}`;
    this.draft = { moment, party: loan.parties[0], seen: [], note: "", name: app.name, ...draft };
    this.parts = new Map(loan.parts.map((part) => [part.label.toUpperCase(), part]));
  }

  render() {
    const { loan, draft } = this;
    const view = (this.view = piece("field-handover"));
    fill(view, {
      reference: `${loan.reference} · ${loan.label}`,
      resource: loan.resource,
      host: `${loan.host}, ${loan.commune}`,
      address: loan.address,
      contact: loan.contact && say(words.contact, { name: loan.contact }),
    });
    const phone = slot(view, "phone");
    phone.hidden = !loan.phone;
    phone.textContent = loan.phone;
    phone.href = `tel:${loan.phone.replace(/[^\d+]/g, "")}`;
    choices(slot(view, "moments"), "moment", Object.entries(words.moments), draft.moment);
    const parties = slot(view, "parties");
    choices(parties, "party", loan.parties.map((each) => [each, words.parties[each]]), draft.party);
    parties.parentElement.hidden = loan.parties.length < 2;
    slot(view, "report").href = `#constat-${loan.loan}`;
    view.elements = {
      code: view.querySelector("[name=code]"),
      note: view.querySelector("[name=note]"),
      name: view.querySelector("[name=signed_name]"),
      sound: view.querySelector("[name=sound]"),
    };
    view.elements.note.value = draft.note;
    view.elements.name.value = draft.name;
    view.elements.sound.checked = this.app.sound;
    this.list();
    this.update();
    view.addEventListener("submit", this);
    view.addEventListener("change", this);
    view.addEventListener("input", this);
    view.addEventListener("click", this);
    this.keys = new Keys((label) => this.scan(label));
    document.addEventListener("keydown", this.keys);
    return view;
  }

  leave() {
    document.removeEventListener("keydown", this.keys);
    this.camera?.stop();
  }

  list() {
    const place = slot(this.view, "parts");
    for (const part of this.loan.parts) {
      const row = piece("field-part");
      const quantity = part.quantity > 1 ? ` × ${part.quantity}` : "";
      fill(row, { name: part.name + quantity, label: part.label, check: part.check });
      row.dataset.label = part.label;
      row.classList.toggle("is-inside", part.crate !== "");
      row.classList.toggle("is-crate", part.is_crate);
      const inside = this.loan.parts.filter((each) => each.crate === part.label);
      const all = row.querySelector("[data-do=inside]");
      all.hidden = inside.length === 0;
      all.setAttribute("aria-label", `${all.textContent.trim()} – ${part.name}`);
      row.querySelector("input").value = part.label;
      place.append(row);
    }
  }

  handleEvent(event) {
    const { target } = event;
    if (event.type === "submit") {
      event.preventDefault();
      if (target.matches("[data-form=code]")) this.typed(target);
      else this.confirm();
    } else if (event.type === "click") {
      const does = target.closest("[data-do]")?.dataset.do;
      if (does === "camera") this.toggleCamera();
      if (does === "inside") this.tickInside(target.closest("li").dataset.label);
    } else if (target.name === "part" && event.type === "change") this.tick(target.value, target.checked);
    else if (target.name === "sound" && event.type === "change") this.app.setSound(target.checked);
    else if (["moment", "party", "note", "signed_name"].includes(target.name)) this.keep();
  }

  typed(form) {
    const { value } = form.elements.code;
    if (value.trim()) this.scan(value.trim().toUpperCase().replace(/^.*\/ETIQUETTES\/([^/]+).*$/, "$1"));
    form.elements.code.value = "";
    form.elements.code.focus();
  }

  scan(label) {
    const part = this.parts.get(label);
    const all = this.loan.parts.length;
    if (part) {
      const again = this.draft.seen.includes(part.label);
      if (!again) this.draft.seen.push(part.label);
      const n = this.draft.seen.length;
      const text = n === all && !again ? words.complete : again ? words.again : words.seen;
      this.answer(again ? "again" : "good", say(text, { name: part.name, n, all }));
      this.keep();
    } else if (label === this.loan.label.toUpperCase()) this.answer("again", words.copy);
    else this.stranger(label);
  }

  stranger(label) {
    const other = this.app.find(label);
    if (other) this.answer("bad", say(words.elsewhere, { label, ...other }));
    else this.answer("bad", say(words.unknown, { label }));
  }

  tick(label, on) {
    const part = this.parts.get(label.toUpperCase());
    this.draft.seen = this.draft.seen.filter((each) => each !== label);
    if (on) this.draft.seen.push(label);
    const values = { name: part.name, n: this.draft.seen.length, all: this.loan.parts.length };
    this.answer(on ? "good" : "again", say(on ? words.seen : words.unticked, values));
    this.keep();
  }

  tickInside(crate) {
    const inside = this.loan.parts.filter((part) => part.crate === crate || part.label === crate);
    const fresh = inside.map((part) => part.label).filter((label) => !this.draft.seen.includes(label));
    this.draft.seen.push(...fresh);
    const values = { name: this.parts.get(crate.toUpperCase()).name, n: this.draft.seen.length, all: this.loan.parts.length };
    this.answer("good", say(words.seen, values));
    this.keep();
  }

  /* Colour, sign, words, and a sound for those who want one. */
  answer(tone, text) {
    const box = slot(this.view, "answer");
    box.dataset.tone = tone;
    box.hidden = false;
    slot(box, "text").textContent = text;
    box.classList.remove("is-new");
    requestAnimationFrame(() => box.classList.add("is-new"));
    if (this.app.sound) beep(tone !== "bad");
    navigator.vibrate?.(tone === "bad" ? [80, 60, 80] : 40);
  }

  missing() {
    return this.loan.parts.filter((part) => !this.draft.seen.includes(part.label));
  }

  keep() {
    const { view, draft } = this;
    draft.moment = chosen(slot(view, "moments"));
    draft.party = chosen(slot(view, "parties"));
    draft.note = view.elements.note.value;
    draft.name = view.elements.name.value;
    this.update();
    return this.app.keepDraft(this.key, draft);
  }

  update() {
    const { view, draft } = this;
    const all = this.loan.parts.length;
    const missing = this.missing();
    for (const row of slot(view, "parts").children) {
      const seen = draft.seen.includes(row.dataset.label);
      row.querySelector("input").checked = seen;
      row.classList.toggle("is-seen", seen);
    }
    slot(view, "count").textContent = say(words.count, { n: all - missing.length, all });
    const bar = slot(view, "bar");
    bar.max = Math.max(1, all);
    bar.value = all - missing.length;
    const names = missing.slice(0, 6).map((part) => part.name).join(", ") + (missing.length > 6 ? "…" : "");
    const text = [words.missing_none, words.missing_one][missing.length] ?? words.missing_many;
    slot(view, "missing").textContent = say(text, { n: missing.length, names });
    slot(view, "missing").classList.toggle("is-lacking", missing.length > 0);
    const verb = words.confirm[draft.moment];
    slot(view, "confirm").textContent = missing.length ? say(words.with_missing, { verb, n: missing.length }) : verb;
  }

  async toggleCamera() {
    const video = this.view.querySelector("video");
    const button = this.view.querySelector("[data-do=camera]");
    if (this.camera) {
      this.camera.stop();
      this.camera = null;
    } else {
      this.camera = new Camera(video, (label) => this.scan(label));
      try {
        await this.camera.start();
      } catch {
        this.camera.stop();
        this.camera = null;
        this.answer("bad", words.camera_none);
      }
    }
    video.hidden = !this.camera;
    if (this.camera) video.scrollIntoView({ block: "center" });
    button.textContent = this.camera ? words.camera_close : words.camera_open;
  }

  async confirm() {
    await this.keep();
    const { draft, loan } = this;
    const name = plain(draft.name);
    if (!name) {
      this.answer("bad", words.need_name);
      this.view.elements.name.focus();
      return;
    }
    const labels = loan.parts.map((part) => part.label);
    const payload = {
      moment: draft.moment,
      seen: labels.filter((label) => draft.seen.includes(label)),
      missing: this.missing().map((part) => part.label),
      note: plain(draft.note),
    };
    const kept = await this.app.enqueue({ loan, kind: "handover", payload, party: draft.party, signed_name: name, draft: this.key });
    if (kept) location.hash = `#constat-${loan.loan}-${draft.moment}`;
  }
}
