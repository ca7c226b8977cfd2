/* What every page carries. Each import defines one custom element or one habit. */
import "./combobox.js";
import "./dialog.js";
import "./draft.js";
import "./filters.js";
import "./leaving.js";
import "./near.js";
import "./once.js";
import "./theme-choice.js";
import "./trouble.js";
