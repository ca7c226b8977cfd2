"""The short number of a pass: twelve signs to type when no camera reads its code.

Eleven signs of Crockford's base 32 are the first 55 bits of the number that is signed,
so that whoever has the code can tell it; the twelfth is a check. ``door-number.js`` has
the same rules.
"""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: What people read or type for another sign.
ALIKE = str.maketrans({"O": "0", "I": "1", "L": "1", " ": "", "-": "", "\u00a0": ""})
SIGNS, BITS, NUMBER_BITS = 11, 55, 96
POLYNOMIAL = 0b100101  # x⁵ + x² + 1


def check_of(values: list[int]) -> int:
    """Tells every wrong sign and every two signs that changed places.

    The sum of each sign times another power of x in GF(32).
    """
    total = 0
    for value in values:
        total = (total ^ value) << 1
        if total & 32:
            total ^= POLYNOMIAL
    return total


def short_number(number: str) -> str:
    """« 7K3M-9PQX-2ABE », of the number of a pass."""
    high = int(number, 16) >> (NUMBER_BITS - BITS)
    values = [high >> (5 * place) & 31 for place in reversed(range(SIGNS))]
    signs = "".join(ALPHABET[value] for value in [*values, check_of(values)])
    return "-".join([signs[:4], signs[4:8], signs[8:]])


def numbers_between(text: str) -> tuple[str, str] | None:
    """The least and the greatest number with this short one; nothing if it is wrong."""
    signs = text.upper().translate(ALIKE)
    values = [ALPHABET.find(sign) for sign in signs]
    if len(values) != SIGNS + 1 or -1 in values or check_of(values[:-1]) != values[-1]:
        return None
    high = 0
    for value in values[:-1]:
        high = high << 5 | value
    rest = NUMBER_BITS - BITS
    return f"{high << rest:024x}", f"{(high + 1 << rest) - 1:024x}"
