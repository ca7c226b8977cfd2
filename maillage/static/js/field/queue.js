/* What was signed on this phone: waiting, sent, or refused with what to do. */
import { fill, piece, say, slot, words } from "./dom.js";

export class QueueView {
  constructor(app) {
    this.app = app;
  }

  async render() {
    const view = (this.view = piece("field-queue"));
    const pictures = await this.app.store.all("pictures");
    const rows = [...this.app.queue].reverse();
    for (const row of rows) slot(view, "rows").append(this.row(row, pictures.filter((each) => each.uuid === row.uuid)));
    slot(view, "none").hidden = rows.length > 0;
    view.addEventListener("click", this);
    return view;
  }

  row(row, pictures) {
    const item = piece("field-sent");
    const { line } = row;
    const waits = pictures.filter((each) => each.state === "waiting").length;
    const bad = pictures.filter((each) => each.state === "refused");
    fill(item, {
      what: say(words[line.kind] ?? "", { moment: words.moments[line.payload.moment] }),
      title: `${row.title.resource} – ${row.title.host}`,
      when: new Date(line.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" }),
      state: words[`state_${row.state}`],
      message: row.message ?? "",
      pictures: waits ? say(words.pictures_waiting, { n: waits }) : "",
      bad: bad.length ? say(words.pictures_refused, { n: bad.length, why: bad[0].message }) : "",
    });
    item.dataset.state = row.state;
    item.dataset.uuid = row.uuid;
    slot(item, "verbs").hidden = row.state !== "refused";
    return item;
  }

  async handleEvent(event) {
    const does = event.target.closest("[data-do]")?.dataset.do;
    const uuid = event.target.closest("[data-uuid]")?.dataset.uuid;
    if (!uuid) return;
    const { store, sync } = this.app;
    if (does === "again") await sync.again(store, uuid);
    else if (does === "drop") await this.drop(store, sync, uuid);
    else if (does === "save") return this.save(await store.get("queue", uuid));
    else return;
    await this.app.read();
    await this.app.route({ focus: true });
    this.app.exchange();
  }

  async drop(store, sync, uuid) {
    await sync.tieAgain(store); // what names this line names those before it instead
    const pictures = (await store.all("pictures")).filter((each) => each.uuid === uuid);
    await store.write(["queue", "pictures"], (table) => {
      table("queue").delete(uuid);
      for (const picture of pictures) table("pictures").delete(picture.key);
    });
  }

  save(row) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(row.line, null, 1)], { type: "application/json" }));
    link.download = `${row.uuid}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
