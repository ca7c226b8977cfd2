/* What /tableau/donnees.json brings, by name: copies in groups, bars on copies. */

const named = (names, rows) =>
  rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));

const BAR = ["pk", "copy", "host", "request", "leave", "start", "end", "free", "kind", "maintained", "worth", "km"];

export const GROUP_HEIGHT = 34;
export const COPY_HEIGHT = 40;

export class Model {
  constructor(data) {
    this.start = data.start;
    this.days = data.days;
    this.today = data.today;
    this.bands = data.bands;
    this.editable = data.editable;
    this.stamp = data.stamp;
    this.groups = named(["id", "name", "owner"], data.groups);
    this.owners = new Map(data.owners);
    this.copies = new Map(
      named(["pk", "label", "group", "depot", "state", "url"], data.copies).map((copy) => [copy.pk, copy]),
    );
    this.hosts = new Map();
    this.meet(data.hosts);
    this.bars = new Map([...this.copies.keys()].map((pk) => [pk, []]));
    this.byRequest = new Map();
    this.setBars(named(BAR, data.bars));
    this.holds = Map.groupBy
      ? Map.groupBy(named(["copy", "start", "end", "kind", "note"], data.holds), (hold) => hold.copy)
      : grouped(named(["copy", "start", "end", "kind", "note"], data.holds));
    this.closed = new Set();
    this.copiesOf = new Map(this.groups.map((group) => [group.id, []]));
    for (const copy of this.copies.values()) this.copiesOf.get(copy.group).push(copy);
  }

  setBars(bars) {
    for (const bar of bars) {
      this.bars.get(bar.copy)?.push(bar);
      if (bar.request) this.byRequest.set(bar.request, bar);
    }
    for (const row of this.bars.values()) row.sort((a, b) => a.start - b.start);
  }

  /* All bars of some copies as they are now on the server. */
  /* Hosts whose requests waited are met when these are placed. */
  meet(rows) {
    for (const host of named(["pk", "name", "commune"], rows)) this.hosts.set(host.pk, host);
  }

  replace(copies, rows) {
    for (const pk of copies) {
      for (const bar of this.bars.get(pk) ?? [])
        if (this.byRequest.get(bar.request) === bar) this.byRequest.delete(bar.request);
      this.bars.set(pk, []);
    }
    this.setBars(named(BAR, rows));
  }

  /* The rows to draw, for an owner and a search; wanted copies are always there. */
  rows({ owner = 0, text = "", wanted = null }) {
    const rows = [];
    let top = 0;
    const add = (row) => {
      row.top = top;
      row.index = rows.length;
      top += row.height;
      rows.push(row);
    };
    const words = fold(text).split(" ").filter(Boolean);
    for (const group of this.groups) {
      if (owner && group.owner !== owner && !wanted) continue;
      const copies = this.copiesOf.get(group.id);
      const shown = wanted
        ? copies.filter((copy) => wanted.has(copy.pk))
        : copies.filter((copy) => words.every((word) => this.textOf(group, copy).includes(word)));
      if (!shown.length) continue;
      const open = Boolean(wanted) || words.length > 0 || !this.closed.has(group.id);
      add({ kind: "group", key: `g${group.id}`, group, height: GROUP_HEIGHT, open, copies: shown });
      if (open)
        for (const copy of shown) add({ kind: "copy", key: `c${copy.pk}`, group, copy, height: COPY_HEIGHT });
    }
    return { rows, height: top };
  }

  textOf(group, copy) {
    const hosts = this.bars.get(copy.pk).map((bar) => this.hosts.get(bar.host));
    const parts = [group.name, this.owners.get(group.owner), copy.label, copy.depot];
    for (const host of hosts) parts.push(host?.name, host?.commune);
    return fold(parts.filter(Boolean).join(" "));
  }
}

const grouped = (rows) => {
  const found = new Map();
  for (const row of rows) found.set(row.copy, [...(found.get(row.copy) ?? []), row]);
  return found;
};

export const fold = (text) =>
  text.normalize("NFD").replace(/\p{M}/gu, "").replace(/[’'-]/g, " ").toLowerCase().trim();
