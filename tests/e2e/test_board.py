"""The board of a season by keyboard, by mouse, and without JavaScript."""

import datetime as dt
import re

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from maillage.circulation.services.board_ground import gathered_of
from tests.circulation.board_scene import board_scene

READY = "maillage-board[data-state=ready]"
OCTOBER_6 = dt.date(2026, 10, 6)


@pytest.fixture
def scene(monkeypatch):
    """The season is still to come, whatever the day of the test."""
    gathered_of.cache_clear()
    monkeypatch.setattr(timezone, "localdate", lambda *args: dt.date(2026, 8, 20))
    return board_scene()


@pytest.fixture
def board(live_server, scene, sign_in):
    opened = []

    def open_it(page, role="agency"):
        opened.append(page)
        sign_in(page, role=role)
        name, args = "circulation:board", [scene.season.slug, scene.scenario.pk]
        page.goto(live_server.url + reverse(name, args=args))
        page.locator(READY).wait_for()
        return page

    yield open_it
    for page in opened:  # the database goes once the last question is answered
        page.evaluate("document.querySelector('maillage-board')?.places?.kept?.found")


def bar(page, name):
    return page.get_by_role("gridcell", name=re.compile(name))


def test_the_board_has_no_accessibility_fault(screen, board, faults):
    board(screen)
    bar(screen, "Lens").click()

    expect(screen.get_by_role("button", name="Déplacer", exact=True)).to_be_visible()
    assert faults(screen) == []


def test_a_loan_is_moved_by_keyboard_with_its_cost_said(page, board, scene):
    board(page)
    said = page.locator("[data-board-live]")

    page.get_by_role("rowheader").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(bar(page, "Lens")).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.get_by_role("slider", name="Place du prêt")).to_be_focused()
    expect(said).to_contain_text("Places possibles")
    page.keyboard.press("Shift+ArrowRight")
    expect(said).to_contain_text("valeur du plan")
    page.keyboard.press("Enter")

    expect(bar(page, "Lens")).to_be_focused()
    expect(bar(page, "Lens")).to_have_accessible_name(re.compile("placé par vous"))
    assert scene.planned[scene.lens.pk][1] > OCTOBER_6

    page.keyboard.press("Control+z")
    expect(said).to_contain_text("annulé")
    assert scene.planned[scene.lens.pk][1] == OCTOBER_6


def test_escape_leaves_everything_where_it_was(page, board, scene):
    board(page)
    bar(page, "Lens").focus()

    page.keyboard.press("Enter")
    expect(page.get_by_role("slider", name="Place du prêt")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")

    expect(bar(page, "Lens")).to_be_focused()
    assert scene.planned[scene.lens.pk] == (scene.copies[0].pk, OCTOBER_6)


def test_a_request_that_waits_is_placed_and_the_loser_is_named(page, board, scene):
    board(page)

    page.get_by_role("button", name=re.compile("Placer")).click()
    said = page.locator("[data-board-live]")
    expect(said).to_contain_text("perd sa place : Lens, Médiathèque de Lens")
    page.keyboard.press("Enter")

    expect(bar(page, "Douai")).to_be_visible()
    expect(page.locator(".tray-card")).to_contain_text("Lens")
    assert scene.lens.pk not in scene.planned


def test_a_loan_is_dragged_to_another_week_and_taken_back(page, board, scene):
    board(page)
    box = bar(page, "Lens").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30, y, steps=3)
    expect(page.locator(".board-slot").first).to_be_visible()
    page.mouse.move(x + 48, y, steps=8)
    expect(page.locator("[data-board-price]")).to_contain_text("valeur du plan")
    page.mouse.up()

    expect(page.locator("[data-board-said]")).to_contain_text("placée sur MIL-1")
    assert scene.planned[scene.lens.pk][1] > OCTOBER_6

    page.get_by_role("button", name="Annuler").click()
    expect(page.locator("[data-board-said]")).to_contain_text("annulé")
    assert scene.planned[scene.lens.pk][1] == OCTOBER_6


def test_a_drop_where_nothing_fits_changes_nothing(page, board, scene):
    board(page)
    box = bar(page, "Lens").bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 30, box["y"] + 10, steps=3)
    expect(page.locator(".board-slot").first).to_be_visible()
    page.mouse.move(box["x"] + 420, box["y"] + 10, steps=6)

    expect(page.locator("[data-board-price]")).to_contain_text("Pas de place ici")
    page.mouse.up()
    assert not scene.scenario.locks.exists()


def test_what_somebody_else_took_meanwhile_is_not_taken_twice(page, board, scene):
    board(page)
    bar(page, "Lens").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("slider", name="Place du prêt")).to_be_focused()
    page.keyboard.press("Shift+ArrowRight")
    scene.scenario.state = "published"
    scene.scenario.save()
    page.keyboard.press("Enter")

    expect(page.locator("[data-board-said]")).to_contain_text("publié")
    assert scene.planned[scene.lens.pk] == (scene.copies[0].pk, OCTOBER_6)


def test_a_request_is_set_aside_and_freed(page, board, scene):
    board(page)
    bar(page, "Lens").click()

    page.locator(".board-chosen").get_by_role("button", name="Écarter").click()
    expect(bar(page, "Lens")).to_have_count(0)
    page.get_by_role("button", name=re.compile("Libérer")).click()

    expect(page.locator("[data-board-said]")).to_contain_text("le calcul peut")
    assert not scene.scenario.locks.exists()


def test_search_folds_and_owner_filter_the_rows(page, board, scene):
    board(page)
    rows = page.locator(".board-row:not(.board-row-group)")
    expect(rows).to_have_count(2)

    page.get_by_label("Chercher", exact=True).fill("arras")
    expect(rows).to_have_count(1)
    page.get_by_label("Chercher", exact=True).fill("introuvable")
    expect(page.get_by_text("Aucun exemplaire ne répond")).to_be_visible()
    page.get_by_label("Chercher", exact=True).fill("")
    page.get_by_role("button", name="Plier ou déplier").click()
    expect(rows).to_have_count(0)


def test_weeks_go_by_on_the_map_and_in_the_list(page, board, scene):
    board(page)

    page.locator("[data-tours-form] select").select_option("2026-10-05")
    week = page.locator("[data-tours-list]")
    expect(week.get_by_role("row", name=re.compile("Lens"))).to_be_visible()
    expect(page).to_have_url(re.compile("week=2026-10-05"))

    slider = page.get_by_role("slider", name="Semaine de la saison")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(week).to_contain_text("Du 12 octobre au 18 octobre 2026")
    page.get_by_role("link", name=re.compile("semaine précédente")).click()
    week.get_by_role("button", name=re.compile("planning")).first.click()
    expect(page.locator("[role=gridcell]:focus")).to_have_count(1)


def test_without_javascript_the_table_and_the_form_do_it_all(
    plain, live_server, scene, sign_in
):
    sign_in(plain, role="agency")
    name, args = "circulation:board", [scene.season.slug, scene.scenario.pk]
    plain.goto(live_server.url + reverse(name, args=args))

    plain.get_by_role("link", name="Lire les mêmes prêts en tableau").click()
    plain.get_by_role("link", name=re.compile("Déplacer Médiathèque de Lens")).click()
    plain.get_by_label("Places possibles").select_option("MIL-1:2026-11-04:")
    plain.get_by_role("button", name="Placer ici").click()

    expect(
        plain.get_by_text("placée sur MIL-1 à partir du 4 novembre 2026")
    ).to_be_visible()
    assert scene.planned[scene.lens.pk] == (scene.copies[0].pk, dt.date(2026, 11, 4))


def test_an_observer_reads_the_board_and_takes_nothing(page, board, scene):
    board(page, role="observer")
    bar(page, "Lens").focus()
    page.keyboard.press("Enter")

    expect(page.locator("[data-board-said]")).to_contain_text("ne se déplace pas ici")
    expect(page.get_by_role("button", name="Écarter")).to_have_count(0)


@pytest.mark.parametrize("name", ["board_table", "board_move"])
def test_the_plain_pages_have_no_accessibility_fault(
    screen, live_server, scene, sign_in, faults, name
):
    sign_in(screen, role="agency")
    args = [scene.season.slug, scene.scenario.pk]
    args += [scene.lens.pk] if name == "board_move" else []
    screen.goto(live_server.url + reverse(f"circulation:{name}", args=args))

    expect(screen.get_by_role("heading", level=1)).to_be_visible()
    assert faults(screen) == []
