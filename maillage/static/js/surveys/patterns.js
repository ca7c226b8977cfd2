// Patterns of `regex()`, as `maillage/surveys/patterns.py` reads them: see there.

const MAX_PATTERN = 200;
const MAX_STATES = 600;
const MAX_TEXT = 5000;
const CLASSES = {
  d: [["0", "9"]],
  w: [
    ["a", "z"],
    ["A", "Z"],
    ["0", "9"],
    ["_", "_"],
  ],
  s: [
    [" ", " "],
    ["\t", "\r"],
  ],
};
const COUNTS = { "*": [0, -1], "+": [1, -1], "?": [0, 1] };
const ANY = {
  ranges: [
    ["\n", "\n"],
    ["\r", "\r"],
  ],
  negative: true,
};

class BadPattern extends Error {}

const point = (letter) => letter.codePointAt(0);

const takes = (letters, letter) =>
  letters.ranges.some(([low, high]) => point(low) <= point(letter) && point(letter) <= point(high)) !==
  letters.negative;

class Machine {
  letters = [null];
  nexts = [[]]; // state 0: the end

  add(letters, ...nexts) {
    if (this.letters.length >= MAX_STATES) throw new BadPattern("long");
    this.letters.push(letters);
    this.nexts.push(nexts);
    return this.letters.length - 1;
  }

  spread(states) {
    const found = new Set(states);
    const left = [...states];
    while (left.length) {
      const state = left.pop();
      if (this.letters[state]) continue;
      for (const next of this.nexts[state]) {
        if (!found.has(next)) {
          found.add(next);
          left.push(next);
        }
      }
    }
    return found;
  }
}

class Reader {
  place = 0;
  depth = 0;

  constructor(pattern) {
    this.signs = [...pattern];
  }

  get here() {
    return this.signs[this.place] ?? "";
  }

  choice() {
    const branches = [this.sequence()];
    while (this.here === "|") {
      this.place += 1;
      branches.push(this.sequence());
    }
    if (branches.length === 1) return branches[0];
    return (machine, end) => machine.add(null, ...branches.map((branch) => branch(machine, end)));
  }

  sequence() {
    const pieces = [];
    while (this.here && !"|)".includes(this.here)) {
      const last = this.place === this.signs.length - 1;
      if ((this.here === "^" && this.place === 0) || (this.here === "$" && last)) this.place += 1;
      else pieces.push(this.counted(this.single()));
    }
    return (machine, end) => pieces.reduceRight((next, piece) => piece(machine, next), end);
  }

  counted(piece) {
    const sign = this.here;
    if (!sign || !"*+?{".includes(sign)) return piece;
    this.place += 1;
    const [least, most] = sign === "{" ? this.bounds() : COUNTS[sign];
    if (this.here && "*+?{".includes(this.here)) throw new BadPattern("twice");
    return (machine, end) => repeat(machine, end, piece, least, most);
  }

  bounds() {
    const close = this.signs.indexOf("}", this.place);
    const text = this.signs.slice(this.place, Math.max(close, this.place)).join("");
    const match = /^(\d+)(,(\d*))?$/.exec(text);
    if (close < 0 || !match) throw new BadPattern("bounds");
    const least = Number(match[1]);
    const most = match[3] ? Number(match[3]) : match[2] ? -1 : least;
    if (least > 100 || most > 100 || (most >= 0 && most < least)) throw new BadPattern("bounds");
    this.place = close + 1;
    return [least, most];
  }

  single() {
    const letter = this.here;
    if ("*+?{".includes(letter)) throw new BadPattern("nothing");
    if (letter === "(") return this.group();
    this.place += 1;
    let letters = { ranges: [[letter, letter]], negative: false };
    if (letter === "[") letters = this.bracket();
    else if (letter === ".") letters = ANY;
    else if (letter === "\\") letters = this.escape();
    return (machine, end) => machine.add(letters, end);
  }

  group() {
    this.place += 1;
    this.depth += 1;
    if (this.here === "?") {
      if (this.signs[this.place + 1] !== ":") throw new BadPattern("group");
      this.place += 2;
    }
    if (this.depth > 10) throw new BadPattern("deep");
    const piece = this.choice();
    if (this.here !== ")") throw new BadPattern("open");
    this.place += 1;
    this.depth -= 1;
    return piece;
  }

  escape() {
    const letter = this.here;
    this.place += 1;
    const known = CLASSES[letter.toLowerCase()];
    if (known) return { ranges: known, negative: letter !== letter.toLowerCase() };
    if (!letter || /[\p{L}\p{N}]/u.test(letter)) throw new BadPattern("escape");
    return { ranges: [[letter, letter]], negative: false };
  }

  bracket() {
    const negative = this.here === "^";
    if (negative) this.place += 1;
    const ranges = [];
    while (this.here && (this.here !== "]" || !ranges.length)) {
      const letter = this.here;
      this.place += 1;
      if (letter === "\\") {
        const inside = this.escape();
        if (inside.negative) throw new BadPattern("class");
        ranges.push(...inside.ranges);
        continue;
      }
      const [dash, high] = this.signs.slice(this.place, this.place + 2);
      if (dash === "-" && high && !"]\\".includes(high)) {
        if (point(high) < point(letter)) throw new BadPattern("range");
        ranges.push([letter, high]);
        this.place += 2;
      } else ranges.push([letter, letter]);
    }
    if (this.here !== "]") throw new BadPattern("open");
    this.place += 1;
    return { ranges, negative };
  }
}

const repeat = (machine, end, piece, least, most) => {
  let start = end;
  if (most < 0) {
    start = machine.add(null);
    machine.nexts[start] = [piece(machine, start), end];
  } else {
    for (let time = least; time < most; time += 1) start = machine.add(null, piece(machine, start), end);
  }
  for (let time = 0; time < least; time += 1) start = piece(machine, start);
  return start;
};

const known = new Map();

const machineOf = (pattern) => {
  if (!known.has(pattern)) {
    const reader = new Reader(pattern);
    if (reader.signs.length > MAX_PATTERN) throw new BadPattern("long");
    const piece = reader.choice();
    if (reader.place < reader.signs.length) throw new BadPattern("close");
    const machine = new Machine();
    known.set(pattern, [machine, piece(machine, 0)]);
  }
  return known.get(pattern);
};

// Whether the whole text is as the pattern says; a bad pattern matches nothing.
export const matches = (pattern, text) => {
  let machine;
  let start;
  try {
    [machine, start] = machineOf(pattern);
  } catch (error) {
    if (error instanceof BadPattern) return false;
    throw error;
  }
  const signs = [...text];
  if (signs.length > MAX_TEXT) return false;
  let states = machine.spread([start]);
  for (const letter of signs) {
    const after = new Set();
    for (const state of states) {
      const letters = machine.letters[state];
      if (letters && takes(letters, letter)) for (const next of machine.nexts[state]) after.add(next);
    }
    if (!after.size) return false;
    states = machine.spread(after);
  }
  return states.has(0);
};
