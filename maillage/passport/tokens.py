"""What a pass says and who vouches for it: a CWT in COSE_Sign1, in a QR code.

``docs/methods/pass.md`` has the format. The browser reads it with the same rules
(``static/js/passport/verify.js``); the vectors of ``tests/passport/vectors`` hold both
to the same answers.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from maillage.passport import base45, cbor
from maillage.passport.choices import AgeBand, PassKind, Reason

PREFIX = "CS1:"
SIGN1, ALGORITHM, KEY_ID, EDDSA = 18, 1, 4, -8
ISS, EXP, NBF, CTI, HOLDER = 1, 4, 5, 7, -65537
#: Whole texts beyond this are not even decoded.
LONGEST = 400
#: A clock that is ahead or behind by that many seconds still opens the door.
SKEW = 600
MOST_PEOPLE = 999
VERSION = re.compile(r"CS[0-9]{1,3}:")
CODE = re.compile(r"[a-z0-9-]{1,12}")
COMMUNE = re.compile(r"[0-9][0-9AB][0-9]{3}")


@dataclass(frozen=True)
class Claims:
    """What is signed: nothing else is known at a door."""

    iss: str
    exp: int
    nbf: int
    cti: str  # 24 hexadecimal digits
    kind: str
    age_band: str
    commune: str
    people: int

    def as_cbor(self) -> bytes:
        holder = [self.kind, self.age_band, self.commune, self.people]
        return cbor.encode(
            {
                ISS: self.iss,
                EXP: self.exp,
                NBF: self.nbf,
                CTI: bytes.fromhex(self.cti),
                HOLDER: holder,
            }
        )


@dataclass(frozen=True)
class TrustedKey:
    kid: str
    iss: str
    public: str  # raw, hexadecimal


@dataclass(frozen=True)
class Trust:
    """Keys that may have signed, by their number (two may share one), and the revoked."""

    keys: Mapping[str, tuple[TrustedKey, ...]]
    revoked: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def from_list(cls, data: Mapping[str, Any]) -> "Trust":
        """The trust of a list as it is published."""
        keys: dict[str, tuple[TrustedKey, ...]] = {}
        for row in data["keys"]:
            key = TrustedKey(row["kid"], row["iss"], row["x"])
            keys[key.kid] = (*keys.get(key.kid, ()), key)
        return cls(keys, frozenset(data["revoked"]))


@dataclass(frozen=True)
class Verdict:
    """What a code is worth. Claims are there whenever the signature is good."""

    ok: bool
    reason: str = ""
    claims: Claims | None = None

    def as_json(self) -> dict[str, Any]:
        claims = asdict(self.claims) if self.claims else None
        return {"ok": self.ok, "reason": self.reason, "claims": claims}


def revoked_digest(number: str) -> str:
    """How the list of revoked passes names one: it tells no number to who has none."""
    return sha256(bytes.fromhex(number)).hexdigest()[:16]


# Writing ----------------------------------------------------------------------


def to_be_signed(protected: bytes, payload: bytes) -> bytes:
    """The ``Sig_structure`` of RFC 9052, section 4.4."""
    return cbor.encode(["Signature1", protected, b"", payload])


def sign(claims: Claims, *, key: Ed25519PrivateKey, kid: str) -> str:
    """The text of the QR code of a pass."""
    protected = cbor.encode({ALGORITHM: EDDSA, KEY_ID: bytes.fromhex(kid)})
    payload = claims.as_cbor()
    signature = key.sign(to_be_signed(protected, payload))
    message = cbor.Tagged(SIGN1, [protected, {}, payload, signature])
    return PREFIX + base45.encode(cbor.encode(message))


# Reading ----------------------------------------------------------------------


class No(Exception):  # noqa: N818 -- an answer, not an accident
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def verify(text: str, *, trust: Trust, now: int) -> Verdict:
    """Whether a code opens doors at ``now``, in seconds since 1970; else why not."""
    try:
        claims = read(text, trust=trust)
    except No as no:
        return Verdict(False, no.reason.value)
    if revoked_digest(claims.cti) in trust.revoked:
        return Verdict(False, Reason.REVOKED.value, claims)
    if now >= claims.exp + SKEW:
        return Verdict(False, Reason.EXPIRED.value, claims)
    if now < claims.nbf - SKEW:
        return Verdict(False, Reason.NOT_YET_VALID.value, claims)
    return Verdict(True, "", claims)


def read(text: str, *, trust: Trust) -> Claims:
    """The claims that a trusted key signed. Raises ``No``."""
    protected, payload, signature = message_of(text)
    kid = kid_of(protected)
    keys = trust.keys.get(kid)
    if not keys:
        raise No(Reason.UNKNOWN_KEY)
    signed = to_be_signed(protected, payload)
    good = [key for key in keys if is_signed_by(key, signature, signed)]
    if not good:
        raise No(Reason.BAD_SIGNATURE)
    claims = claims_of(payload)
    if claims.iss not in {key.iss for key in good}:
        raise No(Reason.UNKNOWN_KEY)
    return claims


def message_of(text: str) -> tuple[bytes, bytes, bytes]:
    """Protected header, payload and signature of a code."""
    if len(text) > LONGEST:
        raise No(Reason.UNREADABLE)
    if not text.startswith(PREFIX):
        other = VERSION.match(text)
        raise No(Reason.OTHER_VERSION if other else Reason.UNREADABLE)
    try:
        message = cbor.decode(base45.decode(text.removeprefix(PREFIX)))
    except ValueError as error:
        raise No(Reason.UNREADABLE) from error
    match message:
        case cbor.Tagged(
            tag=18,
            value=[
                bytes() as protected,
                {**extra},
                bytes() as payload,
                bytes() as seal,
            ],
        ) if not extra:
            return protected, payload, seal
    raise No(Reason.UNREADABLE)


def kid_of(protected: bytes) -> str:
    """The number of the key, from a header that says EdDSA and nothing more."""
    try:
        header = cbor.decode(protected)
    except cbor.BadCbor as error:
        raise No(Reason.UNREADABLE) from error
    if not isinstance(header, dict) or not isinstance(header.get(ALGORITHM), int):
        raise No(Reason.UNREADABLE)
    if header[ALGORITHM] != EDDSA:
        raise No(Reason.WRONG_ALGORITHM)
    kid = header.get(KEY_ID)
    if len(header) != 2 or not isinstance(kid, bytes) or len(kid) != 8:
        raise No(Reason.UNREADABLE)
    return kid.hex()


def is_signed_by(key: TrustedKey, signature: bytes, signed: bytes) -> bool:
    try:
        public_key(key.public).verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(maxsize=256)
def public_key(raw: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(raw))


def claims_of(payload: bytes) -> Claims:
    """Claims that a trusted body signed, if they are of this version."""
    try:
        found = cbor.decode(payload)
    except cbor.BadCbor as error:
        raise No(Reason.OTHER_VERSION) from error
    match found:
        case {
            1: str() as iss,
            4: int() as exp,
            5: int() as nbf,
            7: bytes() as cti,
            -65537: [str() as kind, str() as band, str() as commune, int() as people],
            **extra,
        } if not extra:
            claims = Claims(iss, exp, nbf, cti.hex(), kind, band, commune, people)
            if is_sound(claims):
                return claims
    raise No(Reason.OTHER_VERSION)


def is_sound(claims: Claims) -> bool:
    return bool(
        CODE.fullmatch(claims.iss)
        and 0 <= claims.nbf < claims.exp
        and len(claims.cti) == 24
        and claims.kind in PassKind.values
        and claims.age_band in AgeBand.values
        and (not claims.commune or COMMUNE.fullmatch(claims.commune))
        and 1 <= claims.people <= MOST_PEOPLE
    )
