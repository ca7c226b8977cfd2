/* The part of CBOR that a pass is made of, in its one canonical form: the twin of
   maillage/passport/cbor.py, which says what is refused and why. Maps come out as Map,
   tagged values as Tagged; whatever is not canonical throws a RangeError. */

const DEEPEST = 4;
const LEAST = [24, 256, 65536, 2 ** 32];

export class Tagged {
  constructor(tag, value) {
    this.tag = tag;
    this.value = value;
  }
}

/* The one value that the bytes hold. */
export function decode(data) {
  const reader = new Reader(data);
  const value = reader.value(DEEPEST);
  if (reader.at !== data.length) throw new RangeError("bytes after the end");
  return value;
}

class Reader {
  constructor(data) {
    this.data = data;
    this.at = 0;
  }

  take(size) {
    if (size > this.data.length - this.at) throw new RangeError("cut short");
    this.at += size;
    return this.data.subarray(this.at - size, this.at);
  }

  head() {
    const first = this.take(1)[0];
    const major = first >> 5;
    const code = first & 31;
    if (code < 24) return [major, code];
    if (code > 27) throw new RangeError("an indefinite or reserved length");
    let number = 0;
    for (const byte of this.take(1 << (code - 24))) number = number * 256 + byte;
    if (number < LEAST[code - 24]) throw new RangeError("a head that could be shorter");
    if (!Number.isSafeInteger(number)) throw new RangeError("too large");
    return [major, number];
  }

  value(depth) {
    if (!depth) throw new RangeError("too deep");
    const [major, number] = this.head();
    switch (major) {
      case 0:
        return number;
      case 1:
        return -1 - number;
      case 2:
        return this.take(number);
      case 3:
        return this.text(number);
      case 4:
        this.fits(number);
        return Array.from({ length: number }, () => this.value(depth - 1));
      case 5:
        return this.map(number, depth);
      case 6:
        return new Tagged(number, this.value(depth - 1));
      default:
        throw new RangeError("floats and simple values are not used");
    }
  }

  /* Each member takes a byte at least: no list longer than what is left. */
  fits(number) {
    if (number > this.data.length - this.at) throw new RangeError("cut short");
  }

  text(size) {
    const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    try {
      return decoder.decode(this.take(size));
    } catch (error) {
      throw new RangeError("not UTF-8", { cause: error });
    }
  }

  map(number, depth) {
    this.fits(number);
    const found = new Map();
    let last = null;
    for (let rank = 0; rank < number; rank++) {
      const start = this.at;
      const key = this.value(1);
      if (typeof key !== "number") throw new RangeError("a key that is not an integer");
      const written = this.data.subarray(start, this.at);
      if (last && compare(written, last) <= 0) throw new RangeError("keys out of order, or one twice");
      last = written;
      found.set(key, this.value(depth - 1));
    }
    return found;
  }
}

function compare(one, other) {
  const size = Math.min(one.length, other.length);
  for (let at = 0; at < size; at++) if (one[at] !== other[at]) return one[at] - other[at];
  return one.length - other.length;
}

/* The head of a value that is written, for what is signed. */
export function head(major, number) {
  if (number < 24) return [(major << 5) | number];
  if (number < 256) return [(major << 5) | 24, number];
  if (number < 65536) return [(major << 5) | 25, number >> 8, number & 255];
  throw new RangeError("too large");
}
