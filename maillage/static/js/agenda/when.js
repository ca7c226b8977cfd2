/* <form data-when>: only the boxes that the chosen repetition asks for are shown.
   Without it all of them stand there, and the server takes those that fit. */
const SHOWN = {
  "": ["last_day"],
  weekly: ["weekdays", "until", "times", "but"],
  fortnightly: ["weekdays", "until", "times", "but"],
  daily: ["until", "times", "but"],
  monthly: ["until", "times", "but"],
  dates: ["dates"],
};
const EVERY = ["last_day", "weekdays", "until", "times", "dates", "but"];

const boxOf = (form, name) => form.querySelector(`[name="${name}"]`)?.closest(".field");

function show(form) {
  const repeat = form.querySelector("[name=repeat]");
  if (!repeat) return;
  const wanted = SHOWN[repeat.value] ?? EVERY;
  for (const name of EVERY) {
    const box = boxOf(form, name);
    if (box) box.hidden = !wanted.includes(name) && !box.querySelector(".errorlist");
  }
  const whole = form.querySelector("[name=all_day]")?.checked;
  for (const name of ["starts", "ends"]) {
    const box = boxOf(form, name);
    if (box) box.hidden = Boolean(whole);
  }
}

for (const form of document.querySelectorAll("form[data-when]")) {
  form.addEventListener("change", () => show(form));
  show(form);
}
