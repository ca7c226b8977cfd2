"""The part of CBOR (RFC 8949) that a pass is made of, in its one canonical form.

Integers, byte and text strings, arrays, maps with integer keys, and tags. Whatever has
two ways of being written is read in the shortest only (section 4.2.1): shortest heads,
no indefinite length, keys in the order of their bytes and each once, nothing after the
end. ``encode(decode(data)) == data`` holds for all that is read. No integer goes beyond
2**53, which is what a browser counts exactly.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEEPEST = 4
LARGEST = 2**53 - 1
UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP, TAG = range(7)


class BadCbor(ValueError):  # noqa: N818 -- an answer, not an accident
    """Bytes that are not canonical CBOR of this part."""


@dataclass(frozen=True)
class Tagged:
    tag: int
    value: Any


def head(major: int, number: int) -> bytes:
    if number < 24:
        return bytes([major << 5 | number])
    for code, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 256**size:
            return bytes([major << 5 | code]) + number.to_bytes(size, "big")
    raise BadCbor("too large")


def encode(value: Any) -> bytes:
    """Any value of this part; raises ``BadCbor`` for others."""
    if isinstance(value, bool):
        raise BadCbor("no truth values")
    if isinstance(value, int):
        return head(UNSIGNED, value) if value >= 0 else head(NEGATIVE, -1 - value)
    if isinstance(value, bytes):
        return head(BYTES, len(value)) + value
    if isinstance(value, str):
        data = value.encode()
        return head(TEXT, len(data)) + data
    if isinstance(value, list | tuple):
        return head(ARRAY, len(value)) + b"".join(encode(each) for each in value)
    if isinstance(value, Mapping):
        pairs = sorted((encode(key), encode(each)) for key, each in value.items())
        return head(MAP, len(pairs)) + b"".join(key + each for key, each in pairs)
    if isinstance(value, Tagged):
        return head(TAG, value.tag) + encode(value.value)
    raise BadCbor(f"no {type(value).__name__}")


def decode(data: bytes) -> Any:
    """The one value that the bytes hold. Raises ``BadCbor``."""
    reader = Reader(data)
    value = reader.value(DEEPEST)
    if reader.at != len(data):
        raise BadCbor("bytes after the end")
    return value


class Reader:
    """Reads from the left; knows where it is."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise BadCbor("cut short")
        self.at += size
        return self.data[self.at - size : self.at]

    def head(self) -> tuple[int, int]:
        first = self.take(1)[0]
        major, code = first >> 5, first & 31
        if code < 24:
            return major, code
        if code > 27:
            raise BadCbor("an indefinite or reserved length")
        number = int.from_bytes(self.take(1 << (code - 24)), "big")
        if number < (24, 256, 65536, 2**32)[code - 24]:
            raise BadCbor("a head that could be shorter")
        if number > LARGEST:
            raise BadCbor("too large")
        return major, number

    def value(self, depth: int) -> Any:
        if not depth:
            raise BadCbor("too deep")
        major, number = self.head()
        if major == UNSIGNED:
            return number
        if major == NEGATIVE:
            return -1 - number
        if major == BYTES:
            return self.take(number)
        if major == TEXT:
            return self.text(number)
        if major == ARRAY:
            self.fits(number)
            return [self.value(depth - 1) for _ in range(number)]
        if major == MAP:
            return self.map(number, depth)
        if major == TAG:
            return Tagged(number, self.value(depth - 1))
        raise BadCbor("floats and simple values are not used")

    def fits(self, number: int) -> None:
        """Each member takes a byte at least: no list longer than what is left."""
        if number > len(self.data) - self.at:
            raise BadCbor("cut short")

    def text(self, size: int) -> str:
        try:
            return self.take(size).decode()
        except UnicodeDecodeError as error:
            raise BadCbor("not UTF-8") from error

    def map(self, number: int, depth: int) -> dict[int, Any]:
        self.fits(number)
        found: dict[int, Any] = {}
        last = b""
        for _ in range(number):
            start = self.at
            key = self.value(1)
            if not isinstance(key, int):
                raise BadCbor("a key that is not an integer")
            written = self.data[start : self.at]
            if written <= last:
                raise BadCbor("keys out of order, or one twice")
            last = written
            found[key] = self.value(depth - 1)
        return found
