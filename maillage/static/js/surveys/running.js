// Which parts are asked and what is calculated: as `maillage/surveys/running.py` does.

import { evaluate, isTrue } from "./expressions.js";

const isEmpty = (value) =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length);

const worth = (part, given, scope) => {
  if (part.kind === "note") return null;
  if (part.kind !== "calculate") return isEmpty(given) ? null : given;
  const value = part.calculation ? evaluate(part.calculation, scope) : "";
  return value === "" ? null : value;
};

// `program` comes from `running.program`; `answers` is {values: {code: value},
// rows: {group: [[key, {code: value}], …]}}, `today` an ISO day. Returns `asks(code, key)`,
// the values that count and `scope(group, key, own)` for constraints.
export const runSheet = (program, answers, today) => {
  const shown = new Set();
  const values = {};
  const rows = {};
  const asks = (code, key = "") => shown.has(`${code} ${key}`);
  const scope = (group = "", key = "", own = null) => ({
    values: group ? { ...values, ...(rows[group]?.[key] ?? {}) } : values,
    rows: Object.fromEntries(Object.entries(rows).map(([code, held]) => [code, Object.values(held)])),
    own,
    today,
  });
  for (const part of program) {
    if (part.group) {
      for (const [key, given] of answers.rows?.[part.group] ?? []) {
        if (!rows[part.group]?.[key]) continue;
        const here = scope(part.group, key);
        if (!isTrue(part.relevant, here)) continue;
        shown.add(`${part.code} ${key}`);
        const value = worth(part, given[part.code], here);
        if (value !== null) rows[part.group][key][part.code] = value;
      }
      continue;
    }
    if (part.parent && !asks(part.parent)) continue;
    if (!isTrue(part.relevant, scope())) continue;
    shown.add(`${part.code} `);
    if (part.kind === "repeat") {
      rows[part.code] = Object.fromEntries((answers.rows?.[part.code] ?? []).map(([key]) => [key, {}]));
    } else if (part.kind !== "section") {
      const value = worth(part, answers.values?.[part.code], scope());
      if (value !== null) values[part.code] = value;
    }
  }
  return { asks, values, rows, scope };
};
