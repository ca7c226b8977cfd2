"""Ed25519 keys: made, numbered, and sealed with a key of the site's secret."""

import base64
from hashlib import sha256

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

from maillage.core.errors import Refused

PURPOSE = b"maillage passport keys 1"


def kid_of(public: bytes) -> str:
    """The number of a key: eight bytes of the hash of its public half."""
    return sha256(public).hexdigest()[:16]


def public_half(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


def box() -> MultiFernet:
    """What seals private keys: first the present secret, then those before it."""
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(derived(str(secret))) for secret in secrets])


def derived(secret: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE)
    return base64.urlsafe_b64encode(hkdf.derive(secret.encode()))


def seal(key: Ed25519PrivateKey) -> str:
    return box().encrypt(key.private_bytes_raw()).decode()


def unseal(sealed: str) -> Ed25519PrivateKey:
    """The private key. Refuses with ``secret_changed``."""
    try:
        raw = box().decrypt(sealed.encode())
    except InvalidToken as error:
        raise Refused(
            "secret_changed",
            _(
                "La clé secrète du site (MAILLAGE_SECRET_KEY) a changé : les clés de "
                "signature ne peuvent plus être ouvertes. Remettez l’ancienne clé ; si elle "
                "est perdue, changez de clé racine, puis de clé chez chaque émetteur."
            ),
        ) from error
    return Ed25519PrivateKey.from_private_bytes(raw)
