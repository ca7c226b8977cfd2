/* What the door page keeps on the phone: its leave, the place and its benefits, the list
   of trust, passages that wait for the network, and what limited benefits have served. */

const NAME = "maillage-controle";

const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export class Store {
  static async open() {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("facts");
      request.result.createObjectStore("queue", { keyPath: "nonce" });
      request.result.createObjectStore("uses");
    };
    return new Store(await answer(request));
  }

  constructor(db) {
    this.db = db;
    db.onversionchange = () => db.close();
  }

  get(name, key) {
    return answer(this.db.transaction(name).objectStore(name).get(key));
  }

  queue() {
    return answer(this.db.transaction("queue").objectStore("queue").getAll());
  }

  /* Resolves once it is on the disk: only then may the page say that it is kept. */
  write(names, change) {
    return new Promise((resolve, reject) => {
      const work = this.db.transaction(names, "readwrite", { durability: "strict" });
      work.oncomplete = () => resolve();
      work.onabort = work.onerror = () => reject(work.error);
      change((name) => work.objectStore(name));
    });
  }

  put(name, value, key) {
    return this.write([name], (table) => (key === undefined ? table(name).put(value) : table(name).put(value, key)));
  }

  close() {
    this.db.close();
  }
}
