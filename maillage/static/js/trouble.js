/* Says so when a part of the page could not be renewed; texts are on #toast. */
const toast = document.getElementById("toast");
const SHOWN_MS = 8000;
let timer;

function say(text) {
  if (!toast || !text) return;
  clearTimeout(timer);
  toast.hidden = false;
  toast.textContent = text;
  timer = setTimeout(() => (toast.hidden = true), SHOWN_MS);
}

document.addEventListener("htmx:error", (event) => {
  if (event.detail?.error?.name !== "AbortError" && event.detail?.ctx) say(toast?.dataset.offline);
});
document.addEventListener("htmx:response:error", (event) => {
  if (event.detail?.ctx?.response?.status >= 500) say(toast?.dataset.error);
});

// the summary of mistakes takes the focus, so that it is read and seen first
const summary = () => document.querySelector(".error-summary:not(.guide *)")?.focus();
summary();
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail?.ctx?.target?.querySelector?.(".error-summary") || event.target.querySelector?.(".error-summary")) summary();
});
