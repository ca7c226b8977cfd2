"""Fetching from other sites: only public addresses, and the very one that was checked."""

import socket

import pytest

from maillage.agenda.services import exchange_fetch
from maillage.agenda.services.exchange_fetch import fetch, is_public
from maillage.core.errors import Refused

PUBLIC, OTHER, INSIDE = "93.184.216.34", "2606:2800:21f:cb07::1", "127.0.0.1"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nagenda"


class Web:
    """A web of names and answers: who was asked for, who was connected to."""

    def __init__(self):
        self.names = {"exemple.org": [PUBLIC]}
        self.answers, self.dead = [], set()
        self.asked, self.reached, self.ends, self.certified = [], [], [], []

    def resolve(self, host, port, **kwargs):
        self.asked.append(host)
        found = self.names.get(host)
        if found is None:
            raise socket.gaierror("unknown")
        if found and isinstance(found[0], list):  # answers otherwise each time
            found = found.pop(0)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in found]  # fmt: skip

    def connect(self, address, timeout):
        self.reached.append(address)
        if address[0] in self.dead:
            raise ConnectionRefusedError("no")
        near, far = socket.socketpair()
        far.sendall(self.answers.pop(0))
        far.shutdown(socket.SHUT_WR)
        self.ends.append(far)
        return near

    def wrap_socket(self, sock, *, server_hostname):
        self.certified.append(server_hostname)
        return sock

    def request(self, number=-1):
        return self.ends[number].recv(4096).decode()


@pytest.fixture
def web(monkeypatch):
    found = Web()
    monkeypatch.setattr(exchange_fetch.socket, "getaddrinfo", found.resolve)
    monkeypatch.setattr(exchange_fetch.socket, "create_connection", found.connect)
    monkeypatch.setattr(exchange_fetch, "tls", lambda: found)
    yield found
    for end in found.ends:
        end.close()


def refused(url, **kwargs):
    with pytest.raises(Refused) as no:
        fetch(url, **kwargs)
    return no.value.code


def test_a_file_is_read_in_the_name_of_its_site(web):
    web.answers = [OK]

    assert fetch("https://exemple.org/agenda été.ics?cle=a%20b&c=é#fin") == b"agenda"
    assert web.reached == [(PUBLIC, 443)]
    assert web.certified == ["exemple.org"]
    lines = web.request().split("\r\n")
    assert lines[0] == "GET /agenda%20%C3%A9t%C3%A9.ics?cle=a%20b&c=%C3%A9 HTTP/1.1"
    assert "Host: exemple.org" in lines


def test_without_a_certificate_nothing_of_one_is_asked(web):
    web.answers = [OK]

    assert fetch("http://exemple.org/a.ics") == b"agenda"
    assert web.reached == [(PUBLIC, 80)]
    assert web.certified == []


def test_a_name_that_answers_otherwise_the_second_time_gains_nothing(web):
    web.names["exemple.org"] = [[PUBLIC], [INSIDE], [INSIDE]]
    web.answers = [OK]

    assert fetch("http://exemple.org/a.ics") == b"agenda"
    assert web.asked == ["exemple.org"]  # once: nothing to change in between
    assert web.reached == [(PUBLIC, 80)]


def test_a_name_with_one_address_inside_is_refused_whatever_the_others(web):
    web.names["exemple.org"] = [PUBLIC, INSIDE]

    assert refused("http://exemple.org/a.ics") == "not_public"
    assert web.reached == []


def test_the_next_address_is_tried_when_the_first_is_silent(web):
    web.names["exemple.org"] = [OTHER, PUBLIC]
    web.dead = {OTHER}
    web.answers = [OK]

    assert fetch("http://exemple.org/a.ics") == b"agenda"
    assert web.reached == [(OTHER, 80), (PUBLIC, 80)]


def test_a_site_where_nobody_answers_is_said(web):
    web.dead = {PUBLIC}

    assert refused("http://exemple.org/a.ics") == "unreachable"


@pytest.mark.parametrize(
    "where",
    [
        "http://interne.exemple/x",
        "//interne.exemple/x",
        "http://127.0.0.1/x",
        "http://[::ffff:10.0.0.1]/x",
        "file:///etc/passwd",
        "https://exemple.org:22/x",
    ],
)
def test_a_site_that_sends_on_to_the_inside_is_not_followed(web, where):
    web.names |= {
        "interne.exemple": ["10.1.2.3"],
        "127.0.0.1": [INSIDE],
        "::ffff:10.0.0.1": ["::ffff:10.0.0.1"],
    }
    web.answers = [f"HTTP/1.1 302 Found\r\nLocation: {where}\r\n\r\n".encode()]

    assert refused("http://exemple.org/a.ics") == "not_public"
    assert web.reached == [(PUBLIC, 80)]


def test_a_site_that_sends_on_to_another_is_followed_to_its_own_address(web):
    web.names["agenda.exemple"] = [OTHER]
    web.answers = [
        b"HTTP/1.1 301 Moved\r\nLocation: https://agenda.exemple/b.ics\r\n\r\n",
        b"HTTP/1.1 308 Moved\r\nLocation: c.ics\r\n\r\n",
        OK,
    ]

    assert fetch("http://exemple.org/a.ics") == b"agenda"
    assert web.reached == [(PUBLIC, 80), (OTHER, 443), (OTHER, 443)]
    assert web.request().startswith("GET /c.ics ")


def test_a_site_that_sends_round_in_circles_is_left(web):
    web.answers = [b"HTTP/1.1 302 Found\r\nLocation: /a.ics\r\n\r\n"] * 6

    assert refused("http://exemple.org/a.ics") == "unreachable"
    assert len(web.reached) == 6


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", "unreachable"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\nagenda", "unreachable"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "unreachable"),
        (b"", "unreachable"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000, "too_large"),
    ],
)
def test_an_answer_of_no_use_is_said(web, answer, code):
    web.answers = [answer]

    assert refused("http://exemple.org/a.ics", most=4096) == code


def test_pieces_of_an_answer_are_put_together(web):
    web.answers = [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nage\r\n3\r\nnda\r\n0\r\n\r\n"
    ]

    assert fetch("http://exemple.org/a.ics") == b"agenda"


def test_a_site_that_is_too_slow_is_left(web, monkeypatch):
    clock = iter([0.0, 61.0])
    monkeypatch.setattr(exchange_fetch, "monotonic", lambda: next(clock))
    web.answers = [OK]

    assert refused("http://exemple.org/a.ics") == "unreachable"


@pytest.mark.parametrize(
    "url",
    [
        "http://inconnu.exemple/x",
        "https://exemple.org:8080/x",
        "https://exemple.org:99999999/x",
        "https:///x",
        "https://exemple..org/x",
        "ftp://exemple.org/x",
        "exemple.org/x",
    ],
)
def test_what_is_no_address_of_the_web_is_refused_before_any_connection(web, url):
    assert refused(url) in {"not_public", "unreachable"}
    assert web.reached == []


@pytest.mark.parametrize(
    ("address", "is_open"),
    [
        (PUBLIC, True),
        (OTHER, True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),  # what clouds tell their machines
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 -- an address to refuse
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("fec0::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False),  # 6to4 of 127.0.0.1
        ("64:ff9b::7f00:1", False),  # NAT64 of 127.0.0.1
    ],
)
def test_only_an_address_of_the_open_web_is_public(address, is_open):
    assert is_public(address) is is_open
