"""Fetch the file of a feed from another site, and from nowhere else.

A member types the address: the server must not be made to read what only it can
reach. A name is resolved once; every address it has must be a public one, and the
connection is made to that very address, so that a name that answers otherwise the
second time gains nothing. The same holds for each place that an answer sends on to.
A proxy of the environment is not used: it would resolve the name again.
"""

import datetime as dt
import socket
import ssl
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv6Address, ip_address
from time import monotonic
from urllib.parse import quote, urljoin, urlsplit

from django.utils.translation import gettext as _

from maillage.core.errors import Refused

#: For each answer of the other side, and for the whole file.
TIMEOUT, PATIENCE = 20.0, dt.timedelta(seconds=60)
MOST_BYTES = 30 * 1024 * 1024
PIECE = 64 * 1024
PORTS = {"http": 80, "https": 443}
MOST_TURNS = 5
MOVED = {301, 302, 303, 307, 308}
AGENT = "Maillage (agenda)"
#: Letters of a path that are sent as they are; a « % » is one already.
KEPT = "%/:=&?~+!$,;'@()*[]"


@dataclass(frozen=True)
class Target:
    """Where to connect, and what to ask for there."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]


class Pinned(HTTPConnection):
    """A connection to an address that was checked, in the name of its host."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=TIMEOUT)
        # Without it, the port of https would be written into the « Host ».
        self.default_port = target.port
        self.target = target

    def connect(self) -> None:
        """To the first address that answers; a certificate is that of the name."""
        for last, address in enumerate(self.target.addresses, 1):
            try:
                self.sock = socket.create_connection((address, self.port), TIMEOUT)
                break
            except OSError:
                if last == len(self.target.addresses):
                    raise
        if self.target.scheme == "https":
            self.sock = tls().wrap_socket(self.sock, server_hostname=self.target.host)


def tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def fetch(url: str, *, most: int = MOST_BYTES) -> bytes:
    """The bytes at an address; refuses with ``not_public``, ``unreachable``, ``too_large``."""
    ends = monotonic() + PATIENCE.total_seconds()
    for _turn in range(MOST_TURNS + 1):
        target = target_of(url)
        try:
            data, moved = get(target, most=most, ends=ends)
        except (HTTPException, OSError, ValueError) as error:
            why = getattr(error, "reason", None) or type(error).__name__
            raise unreachable(str(why)) from error
        if not moved:
            return data
        url = urljoin(url, moved)
    raise unreachable(_("trop de renvois"))


def get(target: Target, *, most: int, ends: float) -> tuple[bytes, str]:
    """The bytes of one answer, or where it sends on to."""
    connection = Pinned(target)
    try:
        headers = {"User-Agent": AGENT, "Accept-Encoding": "identity"}
        connection.request("GET", target.path, headers=headers)
        with connection.getresponse() as answer:
            if answer.status in MOVED and answer.getheader("Location"):
                return b"", str(answer.getheader("Location"))
            if not 200 <= answer.status < 300:
                raise unreachable(str(answer.status))
            return body(answer, most=most, ends=ends), ""
    finally:
        connection.close()


def body(answer: HTTPResponse, *, most: int, ends: float) -> bytes:
    """All of it: one that is too long, or too slow, is left."""
    pieces, length = [], 0
    while piece := answer.read1(PIECE):
        pieces.append(piece)
        length += len(piece)
        if length > most:
            limit = most // (1024 * 1024)
            raise Refused("too_large", _("Le fichier dépasse %(n)s Mo.") % {"n": limit})
        if monotonic() > ends:
            raise unreachable(_("trop lente"))
    if answer.length:  # what was promised and did not come
        raise unreachable(_("réponse interrompue"))
    return b"".join(pieces)


def unreachable(why: str) -> Refused:
    return Refused(
        "unreachable",
        _("L’adresse ne répond pas (%(why)s). Vérifiez-la dans votre navigateur, ou envoyez le fichier.")
        % {"why": why},
    )  # fmt: skip


def target_of(url: str) -> Target:
    """Resolve an address of the open web; refuses with ``not_public``, ``unreachable``."""
    wrong = Refused(
        "not_public",
        _("Cette adresse n’est pas une adresse publique du web (http:// ou https://)."),
    )
    try:
        parts = urlsplit(url)
        usual = PORTS[parts.scheme]
        port = parts.port or usual
        host = (parts.hostname or "").encode("idna").decode()
    except (KeyError, ValueError) as error:  # a UnicodeError is a ValueError
        raise wrong from error
    if not host or port not in PORTS.values():
        raise wrong
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Refused(
            "unreachable", _("Le site « %(host)s » est introuvable.") % {"host": host}
        ) from error
    addresses = tuple(dict.fromkeys(str(address[0]) for *_rest, address in found))
    if not addresses or not all(map(is_public, addresses)):
        raise wrong
    path = quote(parts.path or "/", safe=KEPT)
    query = f"?{quote(parts.query, safe=KEPT)}" if parts.query else ""
    return Target(parts.scheme, host, port, path + query, addresses)


def is_public(address: str) -> bool:
    """An address of the open web, not one that stands for another."""
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        inner = inner or (found.teredo[1] if found.teredo else None)
        if inner is not None and not is_public(str(inner)):
            return False
        if found.is_site_local:
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved)
