/* What the scan page keeps on the phone, one database a person: the loans it took along,
   lines and pictures that wait for the network, what is being typed. */

const VERSION = 1;

const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

function open(name) {
  const request = indexedDB.open(name, VERSION);
  request.onupgradeneeded = () => {
    const db = request.result;
    db.createObjectStore("facts");
    db.createObjectStore("loans", { keyPath: "loan" });
    db.createObjectStore("queue", { keyPath: "uuid" });
    db.createObjectStore("pictures", { keyPath: "key" });
    db.createObjectStore("drafts");
  };
  return answer(request);
}

export class Store {
  static async open(user) {
    return new Store(await open(`maillage-terrain-${user}`));
  }

  constructor(db) {
    this.db = db;
    db.onversionchange = () => db.close();
  }

  in(name, mode = "readonly") {
    return this.db.transaction(name, mode, { durability: "strict" }).objectStore(name);
  }

  get(name, key) {
    return answer(this.in(name).get(key));
  }

  all(name) {
    return answer(this.in(name).getAll());
  }

  /* Resolves once it is on the disk: only then may a page say that it is kept. */
  write(names, change) {
    return new Promise((resolve, reject) => {
      const work = this.db.transaction(names, "readwrite", { durability: "strict" });
      work.oncomplete = () => resolve();
      work.onabort = work.onerror = () => reject(work.error);
      change((name) => work.objectStore(name));
    });
  }

  put(name, value, key) {
    return this.write([name], (store) => {
      if (key === undefined) store(name).put(value);
      else store(name).put(value, key);
    });
  }

  drop(name, key) {
    return this.write([name], (store) => store(name).delete(key));
  }

  /* Lines in the order in which they were signed. */
  async queue() {
    return (await this.all("queue")).sort((one, other) => one.rank - other.rank);
  }

  /* What the site does not have yet: lines that wait or were refused, and those whose
     pictures are still here. */
  async unsent() {
    const held = new Set((await this.all("pictures")).map((picture) => picture.uuid));
    return (await this.queue()).filter((row) => row.state !== "sent" || held.has(row.uuid));
  }

  /* Somebody signs out: nothing stays but what the site does not have yet. */
  async forget() {
    const wanted = new Set((await this.unsent()).map((row) => row.uuid));
    const sent = (await this.queue()).filter((row) => !wanted.has(row.uuid));
    const begun = (await this.all("pictures")).filter((picture) => picture.state === "draft");
    await this.write(["facts", "loans", "drafts", "queue", "pictures"], (table) => {
      table("facts").delete("self");
      table("loans").clear();
      table("drafts").clear();
      for (const row of sent) table("queue").delete(row.uuid);
      for (const picture of begun) table("pictures").delete(picture.key);
    });
  }

  close() {
    this.db.close();
  }
}
