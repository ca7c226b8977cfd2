// Values of conditions and calculations in the browser. Trees come from the server
// (`expressions.tree_json`): [sort, value, …parts]. The same as `expressions_run.py`, and
// tests/surveys/expressions.json holds both to it. Nothing is ever evaluated as code.

import { matches } from "./patterns.js";

const LARGEST = 1e15;
const AGGREGATES = new Set(["sum", "count", "min", "max"]);
const DAY = /^\d{4}-\d{2}-\d{2}$/;

const clean = (number) => (Number.isFinite(number) && Math.abs(number) < LARGEST ? number : NaN);

// An answer as a text, a number or a boolean.
const load = (value) => {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.join(" ");
  return typeof value === "number" ? clean(value) : value;
};

const numberOf = (value) => {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number") return value;
  const text = value.trim();
  return /^-?(\d+(\.\d*)?|\.\d+)$/.test(text) ? clean(Number(text)) : NaN;
};

const textOf = (value) => {
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "string") return value;
  if (Number.isNaN(value)) return "";
  if (Number.isInteger(value)) return String(value + 0 || 0);
  const text = value.toFixed(10).replace(/0+$/, "").replace(/\.$/, "");
  return text === "-0" ? "0" : text;
};

const truthOf = (value) => (typeof value === "number" ? !Number.isNaN(value) && value !== 0 : Boolean(value));

const same = (one, two) => {
  if (typeof one === "boolean" || typeof two === "boolean") return truthOf(one) === truthOf(two);
  if (typeof one === "number" || typeof two === "number") return numberOf(one) === numberOf(two);
  return one === two;
};

const isDay = (value) => typeof value === "string" && DAY.test(value);

const compare = (sign, one, two) => {
  const dates = isDay(one) && isDay(two);
  const [left, right] = dates ? [one, two] : [numberOf(one), numberOf(two)];
  if (sign === "<") return left < right;
  if (sign === "<=") return left <= right;
  return sign === ">" ? left > right : left >= right;
};

const calculate = (sign, one, two) => {
  if (sign === "+") return clean(one + two);
  if (sign === "-") return clean(one - two);
  if (sign === "*") return clean(one * two);
  if (two === 0) return NaN;
  return clean(sign === "div" ? one / two : one % two);
};

const operate = (sign, left, right, scope) => {
  const one = run(left, scope);
  if (sign === "or") return truthOf(one) || truthOf(run(right, scope));
  if (sign === "and") return truthOf(one) && truthOf(run(right, scope));
  const two = run(right, scope);
  if (sign === "=") return same(one, two);
  if (sign === "!=") return !same(one, two);
  if ("<=>=".includes(sign)) return compare(sign, one, two);
  return calculate(sign, numberOf(one), numberOf(two));
};

const aggregate = (name, code, scope) => {
  const rows = scope.rows ?? {};
  if (Object.hasOwn(rows, code)) return name === "count" ? rows[code].length : NaN;
  const filled = Object.values(rows)
    .flat()
    .filter((row) => Object.hasOwn(row, code))
    .map((row) => load(row[code]))
    .filter((value) => textOf(value) !== "");
  if (name === "count") return filled.length;
  const numbers = filled.map(numberOf).filter((number) => !Number.isNaN(number));
  if (name === "sum") return clean(numbers.reduce((total, number) => total + number, 0));
  if (!numbers.length) return NaN;
  return name === "min" ? Math.min(...numbers) : Math.max(...numbers);
};

const numeric = (name, [number, places = 0]) => {
  if (name === "number" || Number.isNaN(number)) return number;
  if (name === "int") return Math.trunc(number);
  if (!(places >= 0 && places <= 9)) return NaN;
  const scale = 10 ** Math.trunc(places);
  return clean(Math.floor(number * scale + 0.5) / scale);
};

const words = (text) => text.split(/\s+/).filter(Boolean);

const textual = (name, texts) => {
  const [first, second] = texts;
  if (name === "selected") return words(first).includes(second);
  if (name === "count-selected") return words(first).length;
  if (name === "string-length") return [...first].length;
  if (name === "regex") return matches(second, first);
  if (name === "contains") return first.includes(second);
  if (name === "starts-with") return first.startsWith(second);
  return texts.join(""); // concat, string, date
};

const call = (name, parts, scope) => {
  if (AGGREGATES.has(name)) return aggregate(name, parts[0][1], scope);
  if (name === "if") return run(truthOf(run(parts[0], scope)) ? parts[1] : parts[2], scope);
  const values = parts.map((part) => run(part, scope));
  if (name === "true" || name === "false") return name === "true";
  if (name === "today") return scope.today;
  if (name === "not") return !truthOf(values[0]);
  if (name === "coalesce") return values.find((value) => textOf(value) !== "") ?? "";
  if (name === "number" || name === "int" || name === "round") return numeric(name, values.map(numberOf));
  return textual(name, values.map(textOf));
};

const run = ([sort, value, ...parts], scope) => {
  if (sort === "number") return clean(value);
  if (sort === "text") return value;
  if (sort === "ref") return load(Object.hasOwn(scope.values, value) ? scope.values[value] : null);
  if (sort === "self") return load(scope.own);
  if (sort === "negative") return -numberOf(run(parts[0], scope));
  if (sort === "op") return operate(value, parts[0], parts[1], scope);
  return call(value, parts, scope);
};

// The value of a tree over {values, rows, own, today}: a text, a number or a boolean.
export const evaluate = (tree, scope) => {
  const value = run(tree, scope);
  return typeof value === "number" && Number.isNaN(value) ? "" : value;
};

// Whether a condition holds; where there is none it does.
export const isTrue = (tree, scope) => !tree || truthOf(run(tree, scope));
