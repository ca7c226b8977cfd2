import datetime as dt

import pytest
from django.urls import reverse
from pypdf import PdfReader

from maillage.circulation.choices import ComponentKind, LockKind
from maillage.circulation.models import Component, PlannedLoan
from maillage.circulation.services.board import board_of, board_of_loans
from maillage.circulation.services.board_ground import gathered_of
from maillage.circulation.services.board_paper import chosen, print_rounds
from maillage.circulation.services.board_rounds import moves_in, moves_of, spots_in
from tests.circulation.board_scene import NOW, board_scene
from tests.factories.accounts import UserFactory
from tests.factories.circulation import LoanFactory

pytestmark = pytest.mark.django_db
DATA = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def scene():
    gathered_of.cache_clear()
    return board_scene()


@pytest.fixture
def agency(client):
    user = UserFactory(role="agency")
    client.force_login(user)
    return user


def url(scene, name="board", *more):
    return reverse(
        f"circulation:{name}", args=[scene.season.slug, scene.scenario.pk, *more]
    )


def test_the_data_names_bars_by_days_from_the_first(client, agency, scene):
    data = client.get(url(scene, "board_data")).json()

    assert data["start"] == "2026-09-01"
    assert data["days"] == 365
    assert data["editable"] is True
    bars = {bar[3]: bar for bar in data["bars"]}
    lens = bars[scene.lens.pk]
    assert lens[5:7] == [35, 56]
    assert lens[4] < lens[5] < lens[6] < lens[7]
    assert lens[8] == "planned"


def test_an_observer_reads_and_changes_nothing(client, scene):
    client.force_login(UserFactory(role="observer"))

    page = client.get(url(scene))
    assert "Placer" not in page.content.decode()
    assert client.get(url(scene, "board_data")).json()["editable"] is False
    assert client.post(url(scene, "board_refuse", scene.lens.pk)).status_code == 403
    assert client.get(url(scene, "board_move", scene.lens.pk)).status_code == 403
    assert len(scene.planned) == 2


def test_the_page_lists_the_week_and_counts_the_requests_that_wait(
    client, agency, scene
):
    html = client.get(url(scene) + "?week=2026-10-05").content.decode()

    assert "Du 5 octobre au 11 octobre 2026" in html
    assert "Lens" in html
    assert "<span data-board-total>1</span> demandes non servies" in html
    assert f'data-src="{url(scene, "board_tray")}"' in html


def test_the_requests_that_wait_come_after_the_board(client, agency, scene):
    html = client.get(url(scene, "board_tray")).content.decode()

    assert "Médiathèque de Douai" in html
    assert "Placer" in html
    assert "<html" not in html


def test_an_observer_reads_what_waits_and_places_nothing(client, scene):
    client.force_login(UserFactory(role="observer"))

    html = client.get(url(scene, "board_tray")).content.decode()

    assert "Médiathèque de Douai" in html
    assert "Placer" not in html


def test_another_week_comes_alone_when_htmx_asks(client, agency, scene):
    html = client.get(
        url(scene) + "?week=2026-10-05", headers={"HX-Request": "true"}
    ).content.decode()

    assert "<html" not in html
    assert "Lens" in html


@pytest.mark.parametrize("week", ["", "hier", "1999-01-01", "2099-01-01"])
def test_any_week_is_answered(client, agency, scene, week):
    assert client.get(url(scene) + f"?week={week}").status_code == 200


def test_slots_come_as_runs_of_days_with_their_cost(
    client, agency, scene, time_machine_day
):
    answer = client.get(url(scene, "board_slots"), {"request": scene.douai.pk}).json()

    assert answer["days"] == 21
    copy, first, last, _change, _km, losers, _shift = answer["slots"][0]
    assert copy in {one.pk for one in scene.copies}
    assert first <= last
    assert losers[0] in dict(answer["names"])


@pytest.fixture
def time_machine_day(monkeypatch):
    monkeypatch.setattr(
        "django.utils.timezone.localdate", lambda *a: dt.date(2026, 8, 20)
    )


def test_slots_of_a_request_of_another_scenario_are_not_found(client, agency, scene):
    assert client.get(url(scene, "board_slots"), {"request": 999}).status_code == 404
    assert client.get(url(scene, "board_slots")).json() == {}


def test_a_drop_answers_with_the_rows_that_changed(
    client, agency, scene, time_machine_day
):
    answer = client.post(
        url(scene, "board_move", scene.lens.pk),
        {"copy": scene.copies[0].pk, "start": "2026-11-04", "gives_way": ""}, **DATA,
    )  # fmt: skip

    known = answer.json()
    assert answer.status_code == 200
    assert known["copies"] == [scene.copies[0].pk]
    assert [bar[3] for bar in known["bars"]] == [scene.lens.pk]
    assert known["bars"][0][8] == "locked"
    assert "Douai" in known["tray"]

    client.post(url(scene, "board_undo"), {"token": known["undo"]}, **DATA)
    assert scene.planned[scene.lens.pk] == (scene.copies[0].pk, dt.date(2026, 10, 6))


def test_a_drop_on_a_taken_place_says_so(client, agency, scene, time_machine_day):
    answer = client.post(
        url(scene, "board_move", scene.lens.pk),
        {"copy": scene.copies[1].pk, "start": "2026-10-06", "gives_way": ""}, **DATA,
    )  # fmt: skip

    assert answer.status_code == 409
    assert answer.json()["code"] == "changed"


@pytest.mark.parametrize(
    "sent",
    [{}, {"copy": "x", "start": "demain"}, {"copy": 1, "start": "2026-10-06", "gives_way": "a"},
     {"place_choice": "a:b"}, {"place_choice": "MIL-1:hier:"}],
)  # fmt: skip
def test_a_drop_that_makes_no_sense_is_an_error_of_the_form(
    client, agency, scene, sent
):
    answer = client.post(url(scene, "board_move", scene.lens.pk), sent)

    assert answer.status_code == 422
    assert len(scene.planned) == 2


def test_the_plain_form_moves_a_loan(client, agency, scene, time_machine_day):
    page = client.get(url(scene, "board_move", scene.lens.pk)).content.decode()
    assert 'value="MIL-1:2026-11-04:"' in page

    answer = client.post(
        url(scene, "board_move", scene.lens.pk), {"place_choice": "MIL-1:2026-11-04:"}
    )

    assert answer.url == url(scene, "board_table")
    assert scene.planned[scene.lens.pk] == (scene.copies[0].pk, dt.date(2026, 11, 4))


def test_the_plain_form_says_who_would_lose_a_place(
    client, agency, scene, time_machine_day
):
    page = client.get(url(scene, "board_move", scene.douai.pk)).content.decode()

    assert "Lens, Médiathèque de Lens</option>" in page


def test_the_plain_buttons_set_aside_and_free(client, agency, scene):
    client.post(url(scene, "board_refuse", scene.lens.pk))
    assert scene.scenario.locks.get().kind == LockKind.REFUSED

    client.post(url(scene, "board_free", scene.lens.pk))
    assert not scene.scenario.locks.exists()


def test_the_table_has_each_loan_once_and_a_way_to_move_it(client, agency, scene):
    html = client.get(url(scene, "board_table")).content.decode()

    assert html.count("<tr>") == 2 + 2 + 1  # two heads, two loans, one that waits
    assert url(scene, "board_move", scene.lens.pk) in html


def test_the_table_of_another_owner_is_empty(client, agency, scene):
    html = client.get(url(scene, "board_table") + "?owner=999").content.decode()

    assert "Aucun prêt ici" in html


def test_a_copy_goes_out_and_home_and_straight_on_when_the_next_is_near(scene):
    PlannedLoan.objects.filter(request=scene.arras).update(
        copy=scene.copies[0],
        starts_on=dt.date(2026, 11, 10),
        ends_on=dt.date(2026, 12, 1),
    )

    moves = moves_of(board_of(scene.scenario))

    assert [move.kind for move in moves] == ["out", "direct", "home"]
    assert moves[1].origin.commune == "Lens"
    assert moves[1].to.commune == "Arras"


def test_a_copy_that_is_maintained_in_between_comes_home(scene):
    PlannedLoan.objects.filter(request=scene.arras).update(
        copy=scene.copies[0], starts_on=dt.date(2026, 11, 10), ends_on=dt.date(2026, 12, 1),
        maintained_before=True,
    )  # fmt: skip

    moves = moves_of(board_of(scene.scenario))

    assert [move.kind for move in moves] == ["out", "home", "out", "home"]


def test_each_copy_is_somewhere_each_week(scene):
    board = board_of(scene.scenario)

    busy = {
        spot.copy.label: spot.stop.commune
        for spot in spots_in(board, dt.date(2026, 10, 12))
    }
    idle = spots_in(board, dt.date(2026, 12, 7))

    assert busy == {"MIL-1": "Lens", "MIL-2": "Arras"}
    assert all(spot.bar is None for spot in idle)
    assert moves_in(board, dt.date(2026, 12, 7)) == []


def text_of(pdf, tmp_path):
    path = tmp_path / "rounds.pdf"
    path.write_bytes(pdf)
    return " ".join(page.extract_text() for page in PdfReader(path).pages)


def test_rounds_of_a_week_say_where_when_and_what_to_load(scene, tmp_path):
    Component.objects.create(
        copy=scene.copies[0], kind=ComponentKind.CRATE, name="Caisse 1", label="C-1"
    )
    scene.lens.host.contact_phone = "03 21 00 00 00"
    scene.lens.host.save()
    board = board_of(scene.scenario)

    pdf = print_rounds(board, by="week", key="2026-10-05", title="Équilibre", now=NOW)

    text = text_of(pdf, tmp_path)
    assert "Tournées du 5 octobre au 11 octobre 2026" in text
    assert "Médiathèque de Lens" in text
    assert "03 21 00 00 00" in text
    assert "C-1" in text


def test_rounds_of_an_owner_and_of_a_host(client, agency, scene):
    owner = scene.copies[0].resource.owner_id
    rounds = url(scene, "board_rounds")

    for by, key in [
        ("owner", owner),
        ("host", scene.lens.host_id),
        ("week", "2026-10-05"),
    ]:
        answer = client.get(rounds, {"by": by, "key": key})
        assert answer["Content-Type"] == "application/pdf"
        assert answer.content.startswith(b"%PDF")


def test_rounds_of_a_host_are_what_comes_and_what_leaves(scene):
    _head, moves = chosen(
        board_of(scene.scenario), by="host", key=str(scene.lens.host_id)
    )

    assert [move.kind for move in moves] == ["out", "home"]


def test_rounds_are_those_of_this_week_unless_told(client, agency, scene):
    assert client.get(url(scene, "board_rounds")).content.startswith(b"%PDF")
    assert client.get(reverse("circulation:loan_board_rounds")).content.startswith(
        b"%PDF"
    )


@pytest.mark.parametrize(
    ("by", "key"),
    [("", ""), ("week", "hier"), ("owner", "999"), ("host", "x"), ("moon", "1")],
)
def test_rounds_of_something_else_are_not_found(client, agency, scene, by, key):
    assert (
        client.get(url(scene, "board_rounds"), {"by": by, "key": key}).status_code
        == 404
    )


def test_the_board_of_loans_reads_the_loans(client, agency, scene):
    loan = LoanFactory(copy=scene.copies[0], host=scene.lens.host)
    board = board_of_loans([loan], start=dt.date(2026, 9, 1), end=dt.date(2027, 9, 1))

    bar = board.bars[0]
    assert (bar.kind, bar.leaves_on, bar.free_on) == (
        "confirmed",
        loan.departs_on,
        loan.free_on,
    )
    for name in ("loan_board", "loan_board_data", "loan_board_table"):
        assert client.get(reverse(f"circulation:{name}")).status_code == 200


def test_a_real_loan_of_the_season_stands_beside_the_plan(scene):
    LoanFactory(
        copy=scene.copies[1], departs_on=dt.date(2027, 3, 1), starts_on=dt.date(2027, 3, 3),
        ends_on=dt.date(2027, 3, 20), free_on=dt.date(2027, 3, 24),
    )  # fmt: skip

    kinds = [bar.kind for bar in board_of(scene.scenario).bars]

    assert sorted(kinds) == ["confirmed", "planned", "planned"]


def test_a_member_sees_no_board(client, scene):
    client.force_login(UserFactory())

    assert client.get(url(scene)).status_code == 403
    assert client.get(reverse("circulation:loan_board")).status_code == 403


def test_the_desk_of_the_agency_says_what_is_to_be_driven(
    client, agency, scene, monkeypatch
):
    LoanFactory(copy=scene.copies[0], host=scene.lens.host)
    monkeypatch.setattr(
        "django.utils.timezone.localdate", lambda *a: dt.date(2026, 10, 1)
    )

    html = client.get(reverse("portal:agency_desk")).content.decode()

    assert "1 exemplaire à déplacer" in html
    assert reverse("circulation:loan_board") in html
