"""The code of a pass, from its row."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from maillage.passport.models import Issuer, Pass
from maillage.passport.services.trust import midnight
from maillage.passport.tokens import Claims, sign


def claims_of(holder: Pass, *, issuer: Issuer) -> Claims:
    return Claims(
        iss=issuer.code,
        exp=midnight(holder.valid_until),
        nbf=midnight(holder.valid_from),
        cti=holder.number,
        kind=holder.kind,
        age_band=holder.age_band,
        commune=holder.commune_id or "",
        people=holder.people,
    )


def write_code(
    holder: Pass, *, issuer: Issuer, private: Ed25519PrivateKey, kid: str
) -> str:
    """What the QR of a pass says, signed."""
    return sign(claims_of(holder, issuer=issuer), key=private, kid=kid)
