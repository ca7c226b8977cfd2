/* <form data-sign-out …>: signing out leaves nothing of a person on the device: drafts of
   forms, the scan page and the loans it took along. What was signed there and has not
   reached the site yet stays, for the same person to send; the form says so first. */

const SCAN_PAGES = "maillage-terrain-";
const CACHES = "terrain-";

/* Everybody's: whoever was here before may have closed the browser without signing out. */
async function databases(form) {
  const own = SCAN_PAGES + form.dataset.user;
  const all = (await indexedDB.databases?.()) ?? [{ name: own }];
  return all.map(({ name }) => name).filter((name) => name.startsWith(SCAN_PAGES));
}

async function stores(form) {
  const names = await databases(form);
  if (!names.length) return [];
  const { Store } = await import("./field/store.js");
  return Promise.all(names.map((name) => Store.open(name.slice(SCAN_PAGES.length))));
}

const say = (text, n) => text.replace("{n}", n);

/* Tell what is on the device and not on the site; true if there was something to tell. */
async function warn(form, here) {
  const { dataset: data } = form;
  const lines = (await Promise.all(here.map((store) => store.unsent()))).flat().length;
  const begun = (await Promise.all(here.map((store) => store.all("drafts")))).flat().length > 0;
  const said = [
    lines === 1 ? data.waitsOne : lines ? say(data.waitsMany, lines) : "",
    begun ? data.begun : "",
  ].filter(Boolean);
  if (!said.length) return false;
  const box = form.querySelector("[data-role=leaving]");
  box.hidden = false;
  box.querySelector("p").textContent = [...said, data.again].join(" ");
  return true;
}

async function clean(form, here) {
  for (const store of here) await store.forget();
  for (const name of globalThis.caches ? await caches.keys() : [])
    if (name.startsWith(CACHES)) await (await caches.open(name)).delete(form.dataset.page);
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
  } catch {
    // storage is closed: nothing was kept
  }
}

async function leave(form) {
  let here = [];
  try {
    here = await stores(form);
    if (!form.hasAttribute("data-warned") && (await warn(form, here))) {
      form.setAttribute("data-warned", "");
      return;
    }
    await clean(form, here);
  } catch {
    // a browser that keeps nothing, or is full: signing out matters more
  } finally {
    for (const store of here) store.close();
  }
  form.submit();
}

let leaving = false;
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-sign-out]")) return;
  event.preventDefault();
  if (leaving) return;
  leaving = true;
  await leave(form);
  leaving = false;
});
