/* Say on the page that a passkey could not be used; allauth only tells the console. */
document.addEventListener("allauth.error", (event) => {
  const notice = document.getElementById("passkey-error");
  if (!notice) return;
  event.preventDefault();
  notice.hidden = false;
});
