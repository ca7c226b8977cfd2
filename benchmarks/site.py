"""The site as it is served, and a browser that counts what it fetches."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from playwright.sync_api import Browser, sync_playwright

PATIENCE_S = 180  # a busy machine prepares static files slowly
OPTIONS = (
    "--no-sandbox --disable-quic --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run "
    "--use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader"
)


@contextmanager
def site() -> Iterator[str]:
    """Serve the database of this process on a free port; gives the address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "maillage", "serve", f"--port={port}"]
    server = subprocess.Popen(
        command,
        cwd=settings.ROOT,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "MAILLAGE_VAR": str(settings.VAR)},
    )
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(PATIENCE_S * 5):
        if server.poll() is not None:
            raise SystemExit("The site's server ended before it answered.")
        try:
            urllib.request.urlopen(f"{address}/a-propos/", timeout=30).close()  # noqa: S310 -- our own server
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
        else:
            return
    raise SystemExit(f"The site's server says nothing after {PATIENCE_S} s.")


@contextmanager
def browser() -> Iterator[Browser]:
    path = os.environ.get("MAILLAGE_CHROMIUM", "/usr/bin/chromium")
    # Playwright runs an event loop; Django would then refuse its own database.
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=path, args=OPTIONS.split())
        yield window
        window.close()
