/* Base45 (RFC 9285), as maillage/passport/base45.py reads it. */

const LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const VALUES = new Map([...LETTERS].map((letter, value) => [letter, value]));

/* The bytes of a text; throws a RangeError if it is not Base45. */
export function decode(text) {
  if (text.length % 3 === 1) throw new RangeError("one letter is left over");
  const found = new Uint8Array(Math.floor((text.length * 2) / 3));
  let at = 0;
  for (let start = 0; start < text.length; start += 3) {
    const group = text.slice(start, start + 3);
    let number = 0;
    for (let place = group.length - 1; place >= 0; place--) {
      const value = VALUES.get(group[place]);
      if (value === undefined) throw new RangeError("a letter that Base45 does not have");
      number = number * 45 + value;
    }
    if (number >= (group.length === 3 ? 65536 : 256)) throw new RangeError("a group is too large");
    if (group.length === 3) found[at++] = number >> 8;
    found[at++] = number & 255;
  }
  return found;
}
