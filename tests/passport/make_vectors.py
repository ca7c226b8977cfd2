"""Write the vectors that Python and the browser must answer alike.

    python -m tests.passport.make_vectors

Keys and numbers are fixed and Ed25519 signatures are too, so that the files are the same
each time. What each case must give is said here, by hand or by the part of the code that
was touched: it is not what one of the two readers happens to answer.
"""

import json
from dataclasses import replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from maillage.passport import base45, cbor, tokens
from maillage.passport.keys import kid_of
from maillage.passport.tokens import Claims, revoked_digest, sign, to_be_signed

FOLDER = Path(__file__).parent / "vectors"
NBF, EXP = 1_788_213_600, 1_819_749_600  # 1 September 2026 to 2027, in Paris
NOW = 1_795_000_000


def key(seed):
    return Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)


def public(seed):
    return key(seed).public_key().public_bytes_raw()


def kid(seed):
    return kid_of(public(seed))


REGION, AGENCY, STRANGER, TWIN, OTHER_TWIN = 1, 2, 3, 4, 5
SHARED_KID = "00112233445566ff"
LOST = "ff" * 12
TRUST = {
    "version": 1,
    "site": "https://maillage.example",
    "made_at": NOW,
    "fresh_until": NOW + 14 * 86400,
    "issuers": {"hdf": "Région", "agence": "Agence"},
    "keys": [
        {"kid": kid(REGION), "iss": "hdf", "x": public(REGION).hex()},
        {"kid": kid(AGENCY), "iss": "agence", "x": public(AGENCY).hex()},
        {"kid": SHARED_KID, "iss": "hdf", "x": public(TWIN).hex()},
        {"kid": SHARED_KID, "iss": "agence", "x": public(OTHER_TWIN).hex()},
    ],
    "seasons": [{"slug": "2026-2027", "name": "2026-2027", "from": NBF, "until": EXP}],
    "revoked": [revoked_digest(LOST)],
}
BASE = Claims("hdf", EXP, NBF, "0123456789abcdef01234567", "P", "12-17", "59350", 1)


def case(name, text, reason="", *, now=NOW, claims=None):
    told = None if claims is None else tokens.asdict(claims)
    return {"name": name, "text": text, "now": now, "ok": not reason,
            "reason": reason, "claims": told}  # fmt: skip


def told(name, claims, reason="", *, now=NOW, seed=REGION, by=None):
    text = sign(claims, key=key(seed), kid=by or kid(seed))
    return case(name, text, reason, now=now, claims=claims)


def sealed(payload, *, header=None, seed=REGION, extra=None, tag=18):
    """A code whose header and payload may be anything, with a signature over them."""
    header = HEADER if header is None else header
    signature = key(seed).sign(to_be_signed(header, payload))
    message = cbor.encode([header, extra or {}, payload, signature])
    return text_of((cbor.head(6, tag) if tag is not None else b"") + message)


def text_of(data):
    return f"CS1:{base45.encode(data)}"


HEADER = cbor.encode({1: -8, 4: bytes.fromhex(kid(REGION))})
GOOD = sign(BASE, key=key(REGION), kid=kid(REGION))
BYTES = base45.decode(GOOD[4:])
PAYLOAD = BASE.as_cbor()
SIGNATURE = BYTES[-64:]
#: Where the parts of the code stand.
HEADER_AT = 3
ALGORITHM_AT = HEADER_AT + 2
KID_AT = HEADER_AT + 5
PAYLOAD_AT = HEADER_AT + len(HEADER) + 3
SIGNATURE_AT = len(BYTES) - 64


def good():
    cases = [
        told("a person", BASE),
        told("the other issuer", replace(BASE, iss="agence"), seed=AGENCY),
        told("nothing said of age or commune", replace(BASE, age_band="", commune="")),
        told("the longest", replace(BASE, people=999, age_band="12-17")),
        told("a commune of Corsica", replace(BASE, commune="2A004")),
    ]
    for kind, band, people in (("H", "", 5), ("C", "6-11", 28), ("A", "", 1)):
        claims = replace(BASE, kind=kind, age_band=band, people=people)
        cases.append(told(f"kind {kind}", claims))
    for band in ("0-5", "6-11", "18-25", "26-64", "65-"):
        cases.append(told(f"age {band}", replace(BASE, age_band=band)))
    for people in (23, 24, 255, 256):
        cases.append(told(f"{people} people", replace(BASE, people=people)))
    return cases


def time():
    """Ten minutes of tolerance on either side, to the second."""
    at = [
        ("first second", NBF, ""),
        ("ten minutes before, by a slow clock", NBF - 600, ""),
        ("a second more than ten minutes before", NBF - 601, "not_yet_valid"),
        ("a year before", NBF - 31_536_000, "not_yet_valid"),
        ("last second", EXP - 1, ""),
        ("the second of the end", EXP, ""),
        ("ten minutes after, less a second", EXP + 599, ""),
        ("ten minutes after", EXP + 600, "expired"),
        ("a year after", EXP + 31_536_000, "expired"),
    ]
    lost = replace(BASE, cti=LOST)
    return [
        *(told(name, BASE, reason, now=now) for name, now, reason in at),
        told("revoked", lost, "revoked"),
        told("revoked and expired", lost, "revoked", now=EXP + 86400),
        told("revoked and not yet valid", lost, "revoked", now=NBF - 86400),
    ]


def keys():
    forged = sign(BASE, key=key(STRANGER), kid=kid(REGION))
    both = replace(BASE, iss="agence")
    neither = sign(BASE, key=key(STRANGER), kid=SHARED_KID)
    return [
        case("signed by a stranger with a known number", forged, "bad_signature"),
        case(
            "signed by a stranger with its own number",
            sign(BASE, key=key(STRANGER), kid=kid(STRANGER)),
            "unknown_key",
        ),
        told("first of two keys with one number", BASE, seed=TWIN, by=SHARED_KID),
        told("second of two keys with one number", both, seed=OTHER_TWIN, by=SHARED_KID),
        case("neither of two keys with one number", neither, "bad_signature"),
        case(
            "one issuer signs in the name of another",
            sign(both, key=key(REGION), kid=kid(REGION)),
            "unknown_key",
        ),
        case(
            "one of two keys with one number signs in the name of the other",
            sign(both, key=key(TWIN), kid=SHARED_KID),
            "unknown_key",
        ),
        case("an issuer that the list does not name",
             sign(replace(BASE, iss="autre"), key=key(REGION), kid=kid(REGION)),
             "unknown_key"),
    ]  # fmt: skip


def algorithms():
    def header(algorithm, **more):
        fields = {1: algorithm, 4: bytes.fromhex(kid(REGION))}
        return cbor.encode(fields | more.get("more", {}))

    names = {"ES256": -7, "ES512": -36, "PS256": -37, "HMAC": 5, "Ed25519": -19, "0": 0}
    cases = [
        case(name, sealed(PAYLOAD, header=header(number)), "wrong_algorithm")
        for name, number in names.items()
    ]
    short = {4: b"\1" * 7}
    return [
        *cases,
        case("no algorithm", sealed(PAYLOAD, header=cbor.encode({4: b"\1" * 8})), "unreadable"),
        case("no key", sealed(PAYLOAD, header=cbor.encode({1: -8})), "unreadable"),
        case("algorithm as text", sealed(PAYLOAD, header=header("EdDSA")), "unreadable"),
        case("a key of seven bytes", sealed(PAYLOAD, header=header(-8, more=short)), "unreadable"),
        case("one more header", sealed(PAYLOAD, header=header(-8, more={3: 0})), "unreadable"),
        case("a critical header", sealed(PAYLOAD, header=header(-8, more={2: [99]})), "unreadable"),
        case("empty header", sealed(PAYLOAD, header=b""), "unreadable"),
    ]  # fmt: skip


def altered():
    """One bit of each byte turned, and each byte made zero or full."""
    cases = []
    for at, byte in enumerate(BYTES):
        for other in {byte ^ 1, byte ^ 0x80, 0, 255} - {byte}:
            data = bytearray(BYTES)
            data[at] = other
            reason = reason_of_altered(at, other)
            cases.append(case(f"byte {at} is {other}", text_of(data), reason))
    return sorted(cases, key=lambda each: each["name"])


def reason_of_altered(at, other):
    if at == ALGORITHM_AT:
        # 0x20 to 0x37 are −1 to −24; 0x00 is 0: other algorithms, else no integer
        small = other < 0x18 or 0x20 <= other < 0x38
        return "wrong_algorithm" if small else "unreadable"
    if KID_AT <= at < HEADER_AT + len(HEADER):
        return "unknown_key"
    if PAYLOAD_AT <= at < SIGNATURE_AT - 2 or at >= SIGNATURE_AT:
        return "bad_signature"
    return "unreadable"


def truncated():
    by_byte = [
        case(f"the first {size} bytes", text_of(BYTES[:size]), "unreadable")
        for size in range(len(BYTES))
    ]
    by_letter = [
        case(f"the first {size} letters", GOOD[:size], "unreadable")
        for size in range(len(GOOD))
    ]
    return by_byte + by_letter


def versions():
    other = {"CS2": "other_version", "CS0": "other_version", "CS10": "other_version",
             "CS100": "other_version", "CS1000": "unreadable", "CS": "unreadable",
             "cs1": "unreadable", "HC1": "unreadable", "XCS1": "unreadable"}  # fmt: skip
    prefixes = [
        case(f"prefix {name}:", f"{name}:{GOOD[4:]}", reason)
        for name, reason in other.items()
    ]
    holder = tokens.HOLDER
    base = cbor.decode(PAYLOAD)

    def claims(name, **changes):
        fields = dict(base)
        fields |= {
            int(key[1:].replace("m", "-")): each for key, each in changes.items()
        }
        fields = {key: each for key, each in fields.items() if each is not None}
        return case(f"signed, {name}", sealed(cbor.encode(fields)), "other_version")

    rest = [[*base[holder][:place], each, *base[holder][place + 1:]] for place, each in (
        (0, "X"), (0, 1), (1, "13-17"), (2, "5935"), (2, "59 50"), (3, 0), (3, 1000),
        (3, "1"), (3, -1),
    )]  # fmt: skip
    return [
        *prefixes,
        claims("one more claim", c6=NOW),
        claims("no end", c4=None),
        claims("no number", c7=None),
        claims("a number of eleven bytes", c7=b"\1" * 11),
        claims("a number as text", c7="0" * 12),
        claims("an end before the beginning", c4=NBF),
        claims("a beginning below zero", c5=-1),
        claims("an issuer in capitals", c1="HDF"),
        claims("an issuer of thirteen letters", c1="a" * 13),
        claims("an issuer with a line end", c1="hdf\n"),
        claims("no issuer", c1=""),
        *(claims(f"holder {row}", cm65537=row) for row in rest),
        claims("a holder with one fact more", cm65537=[*base[holder], 0]),
        claims("a holder that is a map", cm65537={1: "P"}),
        case("signed, no CBOR", sealed(b"\xff"), "other_version"),
        case("signed, nothing", sealed(b""), "other_version"),
        case("signed, a list", sealed(cbor.encode([1])), "other_version"),
    ]


def canonical():
    """The same message written in another way: only one is good."""
    header = cbor.head(2, len(HEADER)) + HEADER
    payload = cbor.head(2, len(PAYLOAD)) + PAYLOAD
    signature = cbor.head(2, 64) + SIGNATURE
    rest = header + b"\xa0" + payload + signature
    assert b"\xd2\x84" + rest == BYTES
    long_tag = b"\xd8\x12\x84" + rest
    other = {
        "no tag": b"\x84" + rest,
        "another tag": b"\xd1\x84" + rest,
        "the tag of COSE_Sign": b"\xd8\x62\x84" + rest,
        "tagged as a CWT too": b"\xd8\x3d" + BYTES,
        "tagged twice": b"\xd2" + BYTES,
        "a tag that could be shorter": long_tag,
        "a list without length": b"\xd2\x9f" + rest + b"\xff",
        "a length that could be shorter": b"\xd2\x98\x04" + rest,
        "a map without length": b"\xd2\x84" + header + b"\xbf\xff" + payload + signature,
        "something not protected": b"\xd2\x84" + header + b"\xa1\x04\x41\x01" + payload + signature,
        "bytes without length": b"\xd2\x84" + header + b"\xa0\x5f" + payload + b"\xff" + signature,
        "a payload with a longer length": b"\xd2\x84" + header + b"\xa0\x59\x00" + payload[1:] + signature,
        "no payload": b"\xd2\x84" + header + b"\xa0\xf6" + signature,
        "text for bytes": b"\xd2\x84" + header + b"\xa0" + bytes([payload[0] | 0x20]) + payload[1:] + signature,
        "three parts": b"\xd2\x83" + header + b"\xa0" + payload,
        "five parts": b"\xd2\x85" + rest + b"\xa0",
        "a byte after the end": BYTES + b"\0",
        "itself twice": BYTES + BYTES,
        "a very long list": b"\xd2\x9b" + b"\xff" * 8 + rest,
        "a list of a thousand million": b"\xd2\x9a\x40\0\0\0" + rest,
        "lists in lists": b"\x81" * 120,
        "tags in tags": b"\xd2" * 120,
        "a float": b"\xfb" + b"\0" * 8,
        "true": b"\xf5",
    }  # fmt: skip
    cases = [case(name, text_of(data), "unreadable") for name, data in other.items()]
    swapped = b"\xa2\x04\x48" + bytes.fromhex(kid(REGION)) + b"\x01\x27"
    twice = b"\xa3\x01\x27\x01\x27\x04\x48" + bytes.fromhex(kid(REGION))
    long_key = b"\xa2\x18\x01\x27\x04\x48" + bytes.fromhex(kid(REGION))
    for name, found in (("in another order", swapped), ("with one key twice", twice),
                        ("with a longer key", long_key),
                        ("and a byte after", HEADER + b"\0")):  # fmt: skip
        text = sealed(PAYLOAD, header=found)
        cases.append(case(f"a header {name}", text, "unreadable"))
    first = PAYLOAD[:1] + PAYLOAD[1:]
    doubled = b"\xa6" + first[1:6] + first[1:]
    last = PAYLOAD.index(b"\x3a\x00\x01\x00\x00")
    moved = b"\xa5" + PAYLOAD[last:] + PAYLOAD[1:last]
    bad = PAYLOAD.replace(b"59350", b"59\xff50")
    surrogate = PAYLOAD.replace(b"hdf", b"\xed\xa0\x80")
    for name, found in (("with one claim twice", doubled), ("in another order", moved),
                        ("and a byte after", PAYLOAD + b"\0"), ("not UTF-8", bad),
                        ("with half a character", surrogate),
                        ("with a number beyond 2**53", PAYLOAD.replace(
                            b"\x04\x1a" + EXP.to_bytes(4, "big"), b"\x04\x1b" + b"\x7f" * 8
                        ))):  # fmt: skip
        cases.append(case(f"claims {name}", sealed(found), "other_version"))
    return cases


def texts():
    """What else a camera may read, and what somebody may type."""
    other = {
        "nothing": "", "only the prefix": "CS1:", "an address": "https://example.org/",
        "a label": "EX-P1", "a space before": f" {GOOD}", "a line end after": f"{GOOD}\n",
        "small letters": GOOD.lower(), "a letter that Base45 lacks": GOOD[:-1] + "_",
        "a letter of another script": GOOD[:-1] + "é", "a group too large": "CS1::::",
        "two letters too large": "CS1:::", "one letter": "CS1:A",
        "a long text": "CS1:" + "0" * 397, "a very long text": "CS1:" + "A" * 2000,
        "the longest that is read": "CS1:" + "0" * 396, "a null": "CS1:\0",
        "a character beyond": "CS1:\N{GRINNING FACE}",
        "a code of another sort": "HC1:6BFOXN*TS0BI$ZD4N9:9S6RCVN5+O30K3/XIV0W23NTDE",
    }  # fmt: skip
    cases = [case(name, text, "unreadable") for name, text in other.items()]
    tail = GOOD[:-64]
    for at in range(0, 64, 8):
        swapped = BYTES[:-64] + SIGNATURE[at:] + SIGNATURE[:at]
        if at:
            cases.append(
                case(f"a signature turned by {at}", text_of(swapped), "bad_signature")
            )
    zero = BYTES[:-64] + bytes(64)
    order = 2**252 + 27742317777372353535851937790883648493
    s = int.from_bytes(SIGNATURE[32:], "little") + order
    again = BYTES[:-32] + s.to_bytes(32, "little")
    cases += [
        case("a signature of zeros", text_of(zero), "bad_signature"),
        case("the same signature written in another way", text_of(again), "bad_signature"),
        case("a signature cut", text_of(BYTES[:SIGNATURE_AT - 2] + b"\x58\x3f" + SIGNATURE[:63]), "bad_signature"),
        case("half of the letters", tail, "unreadable"),
    ]  # fmt: skip
    return cases


PARTS = (
    good, time, keys, algorithms, altered, truncated, versions, canonical, texts
)  # fmt: skip


def files():
    """Name and text of each file."""
    found = {"trust": TRUST}
    for part in PARTS:
        about = " ".join((part.__doc__ or part.__name__).split())
        found[part.__name__] = {"about": about, "cases": part()}
    return {
        f"{name}.json": json.dumps(data, ensure_ascii=True, indent=1) + "\n"
        for name, data in found.items()
    }


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in files().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
