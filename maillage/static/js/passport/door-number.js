/* The short number of a pass, typed when no camera reads its code: twelve signs, the last
   of which checks the others. The same rules as the site's (maillage/passport/short.py);
   the site alone knows which pass it is. */
const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ALIKE = { O: "0", I: "1", L: "1" };
const LENGTH = 12;

/* The signs of what looks like a short number, right or wrong; else nothing. */
export function numberIn(text) {
  const signs = text.toUpperCase().replace(/[\s-]/g, "").replace(/[OIL]/g, (sign) => ALIKE[sign]);
  return /^[0-9A-Z]{9,15}$/.test(signs) ? signs : "";
}

/* Whether the last sign is the sum of the others, each times another power of x in GF(32). */
export function isSound(signs) {
  const values = Array.from(signs, (sign) => SIGNS.indexOf(sign));
  if (values.length !== LENGTH || values.includes(-1)) return false;
  const check = values.pop();
  return check === values.reduce((sum, value) => times2(sum ^ value), 0);
}

function times2(value) {
  const twice = value << 1;
  return twice & 32 ? twice ^ 0b100101 : twice;
}
