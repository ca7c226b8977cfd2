/* To and from the site: what the door takes along, what it sends. Nothing leaves the queue
   before the site has said that it has it. */
import { isSound } from "./door-number.js";
import { words } from "./door-words.js";
import { openList } from "./verify.js";

const PATIENCE_MS = 15_000;
const BATCH = 200;

export class Offline extends Error {}
export class TurnedOff extends Error {}
export class Untrusted extends Error {}
/* The site's no, in its words. */
class Told extends Error {}

const NOES = [404, 422, 429];

async function ask(url, { patience = PATIENCE_MS, read = "json", ...options } = {}) {
  try {
    const response = await fetch(url, { credentials: "omit", signal: AbortSignal.timeout(patience), ...options });
    if (response.status === 401) throw new TurnedOff();
    if (NOES.includes(response.status)) throw new Told((await response.json()).message);
    if (!response.ok) throw new Offline(String(response.status));
    return await response[read]();
  } catch (error) {
    // the page of a network that wants to be paid first is no answer either
    throw error instanceof TurnedOff || error instanceof Told ? error : new Offline(String(error));
  }
}

export class Sync {
  constructor(element, store) {
    this.urls = element.dataset;
    this.store = store;
  }

  get headers() {
    return { authorization: `Bearer ${this.token}` };
  }

  /* The place, its benefits, whom to trust: kept for when there is no network. */
  async take() {
    const asked = Date.now();
    const data = await ask(this.urls.data, { headers: this.headers });
    const ahead = data.now - (asked + Date.now()) / 2;
    const trust = await this.trust(data);
    await this.store.write(["facts"], (table) => {
      table("facts").put({ ...data, ahead }, "data");
      table("facts").put(trust, "trust");
    });
  }

  /* The list counts only if the root key signed it; the key that was met first is kept,
     another one is taken from its own address alone. */
  async trust({ trust, root }) {
    const text = await ask(trust, { read: "text" });
    let key = await this.store.get("facts", "root");
    if (key) {
      const list = await openList(text, key).catch(() => null);
      if (list) return list;
    }
    key = await ask(root, { cache: "no-store" });
    const list = await openList(text, key).catch((error) => {
      throw new Untrusted(String(error));
    });
    await this.store.put("facts", key, "root");
    return list;
  }

  tell(url, data, patience) {
    const headers = { ...this.headers, "content-type": "application/json" };
    return ask(url, { method: "POST", patience, headers, body: JSON.stringify(data) });
  }

  async post(passages, patience) {
    return (await this.tell(this.urls.send, { passages }, patience)).answers;
  }

  /* The code of the pass with a short number, or why there is none: the number says nothing
     by itself, the site alone knows. */
  async codeOf(number) {
    if (!isSound(number)) return { why: words.number.wrong };
    try {
      return await this.tell(this.urls.number, { number });
    } catch (error) {
      return { why: error instanceof Told ? error.message : words.number.offline };
    }
  }

  /* Send what waits for this place; an answer of any sort but « bad » means that the site
     has it. */
  async send(place) {
    const flags = [];
    const rows = (await this.store.queue()).filter((row) => !row.bad && row.place === place);
    for (let start = 0; start < rows.length; start += BATCH) {
      const batch = rows.slice(start, start + BATCH);
      const answers = new Map((await this.post(batch)).map((each) => [each.nonce, each]));
      await this.store.write(["queue"], (table) => {
        for (const row of batch) {
          const said = answers.get(row.nonce);
          if (said?.state === "bad") table("queue").put({ ...row, bad: true });
          else if (said) table("queue").delete(row.nonce);
          if (said?.flag) flags.push(said.flag);
        }
      });
    }
    return flags;
  }
}
