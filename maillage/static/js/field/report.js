/* A condition report: a finding for each component, notes, pictures, a name. */
import { choices, chosen, fill, piece, say, slot, words } from "./dom.js";
import { plain } from "./chain.js";
import { prepare } from "./pictures.js";

const MOST_PICTURES = 60;

export class Report {
  constructor(app, loan, draft, moment) {
    this.app = app;
    this.loan = loan;
    this.key = `report:${loan.loan}`;
    this.draft = { moment, party: loan.parties[0], lines: {}, note: "", name: app.name, ...draft };
    this.addresses = [];
  }

  render() {
    const { loan, draft } = this;
    const view = (this.view = piece("field-report"));
    fill(view, { reference: `${loan.reference} · ${loan.label}`, resource: loan.resource, host: `${loan.host}, ${loan.commune}` });
    choices(slot(view, "moments"), "moment", Object.entries(words.moments), draft.moment);
    const parties = slot(view, "parties");
    choices(parties, "party", loan.parties.map((each) => [each, words.parties[each]]), draft.party);
    parties.parentElement.hidden = loan.parties.length < 2;
    slot(view, "handover").href = `#pret-${loan.loan}`;
    view.querySelector("[name=note]").value = draft.note;
    view.querySelector("[name=signed_name]").value = draft.name;
    loan.parts.forEach((part, rank) => this.line(part, rank));
    view.addEventListener("submit", this);
    view.addEventListener("change", this);
    view.addEventListener("input", this);
    view.addEventListener("click", this);
    return view;
  }

  leave() {
    for (const address of this.addresses) URL.revokeObjectURL(address);
  }

  said(label) {
    return (this.draft.lines[label] ??= { finding: "", note: "", pictures: [] });
  }

  line(part, rank) {
    const row = piece("field-line");
    const said = this.said(part.label);
    row.dataset.label = part.label;
    fill(row, { name: part.name, label: part.label, check: part.check });
    choices(slot(row, "findings"), `finding-${rank}`, Object.entries(words.findings), said.finding);
    const note = row.querySelector("[name=line]");
    note.value = said.note;
    note.id = `note-${rank}`;
    row.querySelector("[data-slot=note-label]").htmlFor = note.id;
    const file = row.querySelector("[type=file]");
    file.id = `file-${rank}`;
    row.querySelector("[data-slot=file-label]").htmlFor = file.id;
    this.unfold(row, said);
    slot(this.view, "lines").append(row);
    this.show(row, part, said);
  }

  unfold(row, said) {
    const details = row.querySelector("details");
    if ((said.finding && said.finding !== "good") || said.note || said.pictures.length) details.open = true;
    row.dataset.finding = said.finding;
  }

  async show(row, part, said) {
    const place = slot(row, "pictures");
    const found = await Promise.all(said.pictures.map((sha) => this.app.store.get("pictures", this.pictureKey(sha))));
    place.replaceChildren();
    found.forEach((picture, index) => {
      if (!picture) return;
      const item = piece("field-picture");
      const address = URL.createObjectURL(new Blob([picture.bytes], { type: "image/jpeg" }));
      this.addresses.push(address);
      const image = item.querySelector("img");
      image.src = address;
      image.alt = say(words.picture, { n: index + 1, name: part.name });
      const button = item.querySelector("button");
      button.setAttribute("aria-label", say(words.picture_remove, { n: index + 1 }));
      button.dataset.sha = picture.sha256;
      place.append(item);
    });
  }

  pictureKey(sha) {
    return `${this.key}:${sha}`;
  }

  handleEvent(event) {
    const { target } = event;
    const row = target.closest?.("[data-label]");
    if (event.type === "submit") {
      event.preventDefault();
      this.confirm();
    } else if (event.type === "click") {
      const does = target.closest("[data-do]")?.dataset.do;
      if (does === "all-good") this.allGood();
      if (does === "remove") this.remove(row, target.closest("[data-do]").dataset.sha);
    } else if (target.type === "file") {
      if (event.type === "change") this.add(row, target);
    } else if (row) {
      const said = this.said(row.dataset.label);
      said.finding = chosen(slot(row, "findings"));
      said.note = row.querySelector("[name=line]").value;
      if (event.type === "change") this.unfold(row, said);
      this.keep();
    } else this.keep();
  }

  part(label) {
    return this.loan.parts.find((each) => each.label === label);
  }

  allGood() {
    for (const row of slot(this.view, "lines").children) {
      const said = this.said(row.dataset.label);
      if (said.finding) continue;
      said.finding = "good";
      row.querySelector("input[value=good]").checked = true;
      this.unfold(row, said);
    }
    this.keep();
  }

  async add(row, input) {
    const said = this.said(row.dataset.label);
    const error = slot(row, "error");
    error.hidden = true;
    for (const file of [...input.files]) {
      const count = Object.values(this.draft.lines).reduce((sum, line) => sum + line.pictures.length, 0);
      if (count >= MOST_PICTURES) break;
      try {
        const { sha256, bytes } = await prepare(file);
        if (said.pictures.includes(sha256)) continue;
        await this.app.store.put("pictures", { key: this.pictureKey(sha256), sha256, bytes, uuid: "", state: "draft" });
        said.pictures.push(sha256);
      } catch {
        error.textContent = words.picture_bad;
        error.hidden = false;
      }
    }
    input.value = "";
    await this.keep();
    await this.show(row, this.part(row.dataset.label), said);
  }

  async remove(row, sha) {
    const said = this.said(row.dataset.label);
    said.pictures = said.pictures.filter((each) => each !== sha);
    await this.keep();
    const others = Object.values(this.draft.lines).some((line) => line.pictures.includes(sha));
    if (!others) await this.app.store.drop("pictures", this.pictureKey(sha));
    await this.show(row, this.part(row.dataset.label), said);
    row.querySelector("summary").focus();
  }

  keep() {
    const { view, draft } = this;
    draft.moment = chosen(slot(view, "moments"));
    draft.party = chosen(slot(view, "parties"));
    draft.note = view.querySelector("[name=note]").value;
    draft.name = view.querySelector("[name=signed_name]").value;
    return this.app.keepDraft(this.key, draft);
  }

  complain(text, target) {
    const box = slot(this.view, "answer");
    box.dataset.tone = "bad";
    slot(box, "text").textContent = text;
    box.hidden = false;
    target?.focus();
  }

  async confirm() {
    await this.keep();
    const { draft, loan } = this;
    const open = loan.parts.filter((part) => !this.said(part.label).finding);
    if (open.length) {
      const row = this.view.querySelector(`[data-label="${CSS.escape(open[0].label)}"]`);
      this.complain(say(words.need_findings, { n: open.length }), row.querySelector("input"));
      return;
    }
    const name = plain(draft.name);
    if (!name) {
      this.complain(words.need_name, this.view.querySelector("[name=signed_name]"));
      return;
    }
    const lines = loan.parts.map(({ label }) => {
      const { finding, note, pictures } = this.said(label);
      return { label, finding, note: plain(note), pictures };
    });
    const payload = { moment: draft.moment, lines, note: plain(draft.note) };
    const kept = await this.app.enqueue({ loan, kind: "report", payload, party: draft.party, signed_name: name, draft: this.key });
    if (kept) location.hash = "#envois";
  }
}
