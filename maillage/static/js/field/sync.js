/* To and from the site: takes loans along, sends what waits. Nothing leaves the queue
   before the site has said that it has it. */
import { nextParents, sign } from "./chain.js";

const PATIENCE_MS = 20_000;
const BATCH = 50;

export class SignedOut extends Error {}
export class Offline extends Error {}

async function ask(url, options = {}) {
  let response;
  try {
    response = await fetch(url, {
      credentials: "same-origin",
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...options,
    });
  } catch (error) {
    throw new Offline(String(error));
  }
  if (response.type === "opaqueredirect") throw new SignedOut();
  if (response.status >= 500) throw new Offline(String(response.status));
  return response;
}

export class Sync {
  constructor(element) {
    this.urls = { data: element.dataset.data, send: element.dataset.send, picture: element.dataset.picture };
  }

  async fetch() {
    const response = await ask(this.urls.data, { headers: { accept: "application/json" } });
    if (!response.ok) throw new SignedOut();
    const data = await response.json();
    this.csrf = data.csrf;
    return data;
  }

  post(url, body, headers = {}) {
    return ask(url, { method: "POST", body, headers: { "x-csrftoken": this.csrf, ...headers } });
  }

  /* Take along: what the site says replaces what was here. */
  async take(store) {
    const data = await this.fetch();
    const ahead = data.now - Date.now();
    await store.write(["loans", "facts"], (table) => {
      table("loans").clear();
      for (const loan of data.loans) table("loans").put(loan);
      table("facts").put({ name: data.name, at: Date.now(), ahead }, "self");
    });
    return data;
  }

  /* Send lines, then the pictures of those that the site has. */
  async send(store) {
    await this.sendLines(store);
    await this.sendPictures(store);
  }

  async sendLines(store) {
    const lines = (await store.queue()).filter((row) => row.state === "waiting");
    for (let start = 0; start < lines.length; start += BATCH) {
      const batch = lines.slice(start, start + BATCH);
      const body = JSON.stringify({ lines: batch.map((row) => row.line) });
      const response = await this.post(this.urls.send, body, { "content-type": "application/json" });
      const said = await response.json().catch(() => ({}));
      if (!response.ok) {
        // the whole batch was turned down: each line says why, none is lost
        const message = said.message ?? "";
        if (response.status === 403) throw new SignedOut();
        await this.note(store, batch.map((row) => ({ uuid: row.uuid, state: "refused", code: said.code, message })));
        continue;
      }
      await this.note(store, said.answers);
    }
  }

  async note(store, answers) {
    const rows = new Map((await store.queue()).map((row) => [row.uuid, row]));
    await store.write(["queue"], (table) => {
      for (const answer of answers) {
        const row = rows.get(answer.uuid);
        if (!row || answer.state === "later") continue;
        const state = answer.state === "refused" ? "refused" : "sent";
        table("queue").put({ ...row, state, code: answer.code, message: answer.message, answeredAt: Date.now() });
      }
    });
    if (answers.some((answer) => answer.state === "later")) await this.tieAgain(store);
  }

  /* Lines that name one that was refused are signed again without it: they were never
     kept by the site, so that nothing changes but their link. */
  async tieAgain(store) {
    const rows = await store.queue();
    const refused = new Map(rows.filter((row) => row.state === "refused").map((row) => [row.line.digest, row.line]));
    const renamed = new Map();
    for (const row of rows) {
      if (row.state !== "waiting") continue;
      const parents = [...new Set(row.line.parents.flatMap((each) => replace(each, refused, renamed)))].sort();
      if (parents.join() === row.line.parents.join()) continue;
      const line = await sign({ ...row.line, parents });
      renamed.set(row.line.digest, line.digest);
      await store.put("queue", { ...row, line });
    }
  }

  /* A refused line, signed anew: now, after what the site knows today. */
  async again(store, uuid) {
    const row = await store.get("queue", uuid);
    const { ahead = 0 } = (await store.get("facts", "self")) ?? {};
    const loan = await store.get("loans", row.line.loan);
    const waiting = (await store.queue()).filter((each) => each.state === "waiting" && each.line.copy === row.line.copy);
    const latest = new Date(Date.now() + ahead).toISOString();
    const at = row.line.at > latest ? latest : row.line.at;
    const parents = loan ? nextParents(loan.parents, waiting.map((each) => each.line)) : row.line.parents;
    const line = await sign({ ...row.line, at, parents });
    await store.put("queue", { ...row, line, state: "waiting", code: "", message: "" });
  }

  async sendPictures(store) {
    const sent = new Set((await store.queue()).filter((row) => row.state === "sent").map((row) => row.uuid));
    for (const picture of await store.all("pictures")) {
      if (picture.state !== "waiting" || !sent.has(picture.uuid)) continue;
      const body = new FormData();
      body.append("sha256", picture.sha256);
      body.append("file", new Blob([picture.bytes], { type: "image/jpeg" }), `${picture.sha256}.jpg`);
      const response = await this.post(this.urls.picture.replace(NOBODY, picture.uuid), body);
      const said = await response.json().catch(() => ({}));
      if (response.ok) await store.drop("pictures", picture.key);
      else await store.put("pictures", { ...picture, state: "refused", message: said.message ?? "" });
    }
  }
}

const NOBODY = "00000000-0000-0000-0000-000000000000";

function replace(digest, refused, renamed) {
  if (renamed.has(digest)) return [renamed.get(digest)];
  if (refused.has(digest)) return refused.get(digest).parents.flatMap((each) => replace(each, refused, renamed));
  return [digest];
}
