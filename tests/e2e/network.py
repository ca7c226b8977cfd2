"""A network that goes and comes back."""

from playwright.sync_api import Page


def come_back(page: Page) -> None:
    """The network is there again, and the page is told.

    Chromium 150 does not tell a page that was opened while the network was played to be
    away.
    """
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
