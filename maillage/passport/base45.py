"""Base45 (RFC 9285): bytes in the letters that a QR code stores most tightly."""

LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
VALUES = {letter: value for value, letter in enumerate(LETTERS)}


def encode(data: bytes) -> str:
    found = []
    for start in range(0, len(data) - 1, 2):
        number = data[start] * 256 + data[start + 1]
        rest, low = divmod(number, 45)
        high, middle = divmod(rest, 45)
        found += [LETTERS[low], LETTERS[middle], LETTERS[high]]
    if len(data) % 2:
        high, low = divmod(data[-1], 45)
        found += [LETTERS[low], LETTERS[high]]
    return "".join(found)


def decode(text: str) -> bytes:
    """The bytes of a text; each byte string has one text only.

    Raises
    ------
    ValueError
        If a letter is not one of the 45, a group is too large, or one letter is left.
    """
    try:
        values = [VALUES[letter] for letter in text]
    except KeyError as error:
        raise ValueError("a letter that Base45 does not have") from error
    found = bytearray()
    for start in range(0, len(values), 3):
        group = values[start : start + 3]
        if len(group) == 1:
            raise ValueError("one letter is left over")
        number = 0
        for value in reversed(group):
            number = number * 45 + value
        size = len(group) - 1
        if number >= 256**size:
            raise ValueError("a group is too large")
        found += number.to_bytes(size, "big")
    return bytes(found)
