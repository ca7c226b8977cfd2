"""How a passage names a pass: under the key of its month, then no more."""

import hmac


def pseudonym(number: str, *, secret: str) -> str:
    """The HMAC of the number of a pass under the secret of a month: 128 bits."""
    return hmac.digest(bytes.fromhex(secret), number.encode(), "sha256").hex()[:32]
