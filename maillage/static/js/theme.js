/* Loaded before the page is painted, so that the chosen colours never flash. */
try {
  const theme = localStorage.getItem("theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // storage is closed: the system's colours are right
}
