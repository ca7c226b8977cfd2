import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories.directory import PlaceFactory

READY = "maillage-map[data-state=idle]"


@pytest.fixture
def places():
    return [
        PlaceFactory(name="Planétarium du Nord", kind="planetarium", lon=2.4, lat=51.0, listed=True),
        PlaceFactory(name="Musée du Sud", kind="museum", lon=2.5, lat=49.2, listed=True),
    ]  # fmt: skip


def test_the_map_draws_and_lists_what_is_in_view(screen, live_server, places, faults):
    screen.goto(live_server.url + reverse("portal:map"))
    screen.locator(READY).wait_for()

    expect(screen.get_by_role("link", name="Musée du Sud")).to_be_visible()
    assert faults(screen) == []


def test_filters_change_the_address_the_points_and_the_list(page, live_server, places):
    page.goto(live_server.url + reverse("portal:map"))
    page.locator(READY).wait_for()

    page.get_by_placeholder("Planétarium").fill("planétarium")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("q=plan"))
    expect(page.get_by_role("link", name="Planétarium du Nord")).to_be_visible()
    expect(page.get_by_role("link", name="Musée du Sud")).to_be_hidden()


def test_moving_the_map_by_keyboard_changes_the_list_and_the_link(
    page, live_server, places
):
    page.goto(live_server.url + reverse("portal:map") + "#vue=8.5/51/2.4")
    page.locator(READY).wait_for()
    expect(page.get_by_role("link", name="Musée du Sud")).to_be_hidden()

    page.locator("canvas.maplibregl-canvas").focus()
    south = page.get_by_role("link", name="Musée du Sud")
    for _ in range(30):  # each press glides a hundred pixels
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(400)
        if south.is_visible():
            break

    expect(south).to_be_visible()
    assert "vue=8.5/51/2.4" not in page.url


def test_shades_come_with_their_table(page, live_server, places, faults):
    page.goto(live_server.url + reverse("portal:map"))
    page.locator(READY).wait_for()

    page.get_by_label("Colorer les territoires").select_option("department")
    page.get_by_text("Voir le tableau").click()

    expect(page.get_by_role("row", name=re.compile("Nord"))).to_be_visible()
    assert faults(page) == []


def test_without_javascript_the_list_is_the_page(plain, live_server, places):
    plain.goto(live_server.url + reverse("portal:map") + "?q=planetarium")

    expect(plain.get_by_role("link", name="Planétarium du Nord")).to_be_visible()
    expect(plain.get_by_role("link", name="Musée du Sud")).to_have_count(0)


def test_another_site_can_hold_the_map(page, live_server, places, faults):
    page.goto(live_server.url + reverse("portal:map_embed"))
    page.locator(READY).wait_for()

    expect(page.get_by_role("link", name="Maillage Hauts-de-France")).to_be_visible()
    assert faults(page) == []
