"""What every browser test has: a page that watches itself, axe, signed-in people.

The strict security policy is on, so that code given as a string is refused: wait with
``expect(…)`` or ``locator.wait_for()``, not with ``page.wait_for_function("…")``.
"""

import os
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.factories.accounts import UserFactory

# Playwright's synchronous API runs an event loop of its own; Django then takes the
# test for asynchronous code and refuses the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

QUIET = (
    "--no-sandbox --disable-quic --disable-background-networking "
    "--disable-component-update --disable-sync --no-first-run "
    "--use-gl=angle --use-angle=swiftshader --enable-unsafe-swiftshader"
)
WIDTHS = {"wide": (1280, 900), "phone": (390, 844)}
# An answer that is an error is a test's own business, the rest never happens.
EXPECTED = "Failed to load resource: the server responded with a status of 4"


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/e2e/" in item.path.as_posix():
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser_type_launch_args():
    return {
        "executable_path": os.environ.get("MAILLAGE_CHROMIUM", "/usr/bin/chromium"),
        "args": QUIET.split(),
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "fr-FR", "timezone_id": "Europe/Paris"}


@pytest.fixture
def watch(live_server):
    """Note what goes wrong in a page; whoever watches checks it at the end."""
    seen = []
    host = urlsplit(live_server.url).netloc

    def add(page):
        page.on("pageerror", lambda error: seen.append(f"error: {error}"))
        page.on(
            "console",
            lambda said: (
                said.type == "error"
                and EXPECTED not in said.text
                and seen.append(f"console: {said.text}")
            ),
        )
        page.on(
            "request",
            lambda request: (
                urlsplit(request.url).scheme in ("http", "https")
                and urlsplit(request.url).netloc != host
                and seen.append(f"third party: {request.url}")
            ),
        )
        return page

    yield add
    assert seen == []


@pytest.fixture
def page(page, watch):
    return watch(page)


@pytest.fixture(
    params=[("light", "wide"), ("dark", "phone")],
    ids=lambda param: "-".join(param),
)
def screen(request, new_context, watch):
    """A page in light on a wide screen, and in dark on a phone.

    Each look and each width once: colours do not depend on the width, nor places on colours.
    """
    look, name = request.param
    width, height = WIDTHS[name]
    context = new_context(
        color_scheme=look, viewport={"width": width, "height": height}
    )
    return watch(context.new_page())


@pytest.fixture
def plain(new_context, watch):
    """A page without JavaScript."""
    return watch(new_context(java_script_enabled=False).new_page())


@pytest.fixture
def sign_in(client, live_server):
    """Sign a person in on a page: ``sign_in(page, user)`` or ``(page, role="agency")``."""

    def enter(page, user=None, **facts):
        user = user or UserFactory(**facts)
        client.cookies.clear()  # or the session of who came before is ended
        client.force_login(user)
        session = client.cookies["sessionid"].value
        page.context.add_cookies(
            [{"name": "sessionid", "value": session, "url": live_server.url}]
        )
        return user

    return enter


@pytest.fixture
def faults():
    """Accessibility faults that axe finds on a page, as (rule, impact, where)."""

    def find(page):
        result = Axe().run(page).response
        return [
            (fault["id"], fault["impact"], node["target"])
            for fault in result["violations"]
            for node in fault["nodes"]
        ]

    return find
