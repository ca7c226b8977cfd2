"""Doors that talk HTTP to the site: one passage a request, or all that waited at once.

Light on purpose, for they share the processor with the server: one thread, sockets and
``select``, bodies made beforehand.
"""

import json
import os
import random
import secrets
import selectors
import socket
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PATH = "/controle/envoi/"
PATIENCE_S = 60.0


def passage(code: str, **fields: Any) -> dict[str, Any]:
    """A passage as the door page tells it."""
    told = {"nonce": secrets.token_hex(16), "at": int(time.time() * 1000), "code": code}
    return told | {"members": 1, "companions": 0} | fields


def request(token: str, rows: Sequence[dict[str, Any]]) -> bytes:
    body = json.dumps({"passages": rows}).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def connected(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


@dataclass
class Line:
    """A connection that stays open, and what comes through it."""

    socket: socket.socket
    requests: Iterator[bytes]
    sent_at: float = 0.0
    got: bytes = b""
    times: list[float] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    def send(self) -> None:
        body = next(self.requests)
        self.sent_at = time.perf_counter()
        self.socket.sendall(body)

    def read(self) -> bool:
        """Take in what has come; true when the answer is whole."""
        piece = self.socket.recv(65536)
        if not piece:
            raise SystemExit("the server closed a connection")
        self.got += piece
        head, mark, body = self.got.partition(b"\r\n\r\n")
        if not mark:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(self.got.decode(errors="replace"))
        if len(body) < length_of(head):
            return False
        self.times.append(time.perf_counter() - self.sent_at)
        self.bodies.append(body)
        self.got = b""
        return True


def length_of(head: bytes) -> int:
    _before, _mark, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0])


def rush(
    port: int, queues: Sequence[Iterator[bytes]], *, seconds: float
) -> tuple[list[Line], float]:
    """Each line sends its next request when the one before is answered; seconds."""
    lines = [Line(connected(port), queue) for queue in queues]
    with selectors.DefaultSelector() as watch:
        for line in lines:
            watch.register(line.socket, selectors.EVENT_READ, line)
            line.send()
        start, under_way = time.perf_counter(), len(lines)
        while under_way:
            for key, _events in watch.select(PATIENCE_S) or stuck():
                if not key.data.read():
                    continue
                if time.perf_counter() < start + seconds:
                    key.data.send()
                else:
                    under_way -= 1
    took = time.perf_counter() - start
    for line in lines:
        line.socket.close()
    return lines, took


def stuck() -> Any:
    raise SystemExit(f"no answer for {PATIENCE_S:.0f} s")


def processor_s() -> float:
    """Seconds of processor that the servers we started have used.

    A busy machine stretches them less than those of the clock.
    """
    tick = os.sysconf("SC_CLK_TCK")
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            pid, _mark, rest = path.read_text().partition(" ")
            words = rest.rpartition(")")[2].split()
            parents[int(pid)] = int(words[1])
            used[int(pid)] = (int(words[11]) + int(words[12])) / tick
    ours = {os.getpid()}
    while more := {pid for pid, of in parents.items() if of in ours} - ours:
        ours |= more
    return sum(used[pid] for pid in ours - {os.getpid()})


# Phones that were without a network ------------------------------------------------


@dataclass
class Phone:
    """A queue that is sent in pieces: any order, often twice, cut off in the middle."""

    port: int
    token: str
    rows: list[dict[str, Any]]
    seed: int
    batch: int = 200
    answers: Counter[str] = field(default_factory=Counter)
    #: Nonces that the site said it has just recorded.
    recorded: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    cuts: int = 0

    def work(self) -> None:
        chance = random.Random(self.seed)
        waiting = {row["nonce"]: row for row in self.rows}
        while waiting:
            rows = chance.sample(list(waiting.values()), min(self.batch, len(waiting)))
            rows += chance.sample(self.rows, min(len(self.rows), self.batch // 10))
            rows += chance.sample(rows, len(rows) // 20)
            chance.shuffle(rows)
            self.sent += len(rows)
            if (answers := self.ask(rows, chance)) is None:
                self.cuts += 1
                continue  # nothing was heard: it all waits, and is sent again
            for each in answers:
                self.answers[each["state"]] += 1
                if each["state"] == "recorded":
                    self.recorded[each["nonce"]] += 1
                waiting.pop(each["nonce"], None)

    def ask(self, rows: list[dict[str, Any]], chance: random.Random) -> Any:
        """The answers; nothing when the line broke, as one in four does."""
        whole = request(self.token, rows)
        fate = chance.random()
        line = connected(self.port)
        try:
            if fate < 0.1:  # in the middle of the question
                line.sendall(whole[: int(len(whole) * chance.random())])
                return None
            line.sendall(whole)
            if fate < 0.25:  # before the answer, at once or a while later
                time.sleep(chance.choice([0, 0.02, 0.2]))
                return None
            got = b""
            while piece := line.recv(65536):
                got += piece
                head, mark, body = got.partition(b"\r\n\r\n")
                if mark and len(body) >= length_of(head):
                    return answers_of(head, body)
            return None
        finally:
            line.close()


def answers_of(head: bytes, body: bytes) -> Any:
    if not head.startswith(b"HTTP/1.1 200"):
        raise SystemExit((head + body).decode(errors="replace"))
    return json.loads(body)["answers"]


def all_at_once(phones: Sequence[Phone]) -> float:
    """Every phone sends what it has at the same time; seconds until all is known."""
    start = time.perf_counter()
    with ThreadPoolExecutor(len(phones)) as pool:
        deque(pool.map(Phone.work, phones), 0)  # the first error of a phone is raised
    return time.perf_counter() - start
