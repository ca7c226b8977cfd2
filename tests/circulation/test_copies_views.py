"""The pages of copies: who reads them, who changes them, what mistakes say."""

import datetime as dt

import pytest
from django.urls import reverse

from maillage.accounts.choices import Role
from maillage.circulation.choices import CopyState, HoldKind
from maillage.circulation.models import Component, Copy
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import ComponentFactory, CopyFactory, LoanFactory
from tests.factories.directory import MembershipFactory, PlaceFactory

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def copy():
    return CopyFactory(label="NUA001-1", resource__name="Nuages")


@pytest.fixture
def owner(copy):
    return MembershipFactory(structure=copy.resource.owner).user


@pytest.fixture
def enter(client):
    def sign_in(user):
        client.force_login(user)
        return client

    return sign_in


def address(name, *args):
    return reverse(f"circulation:{name}", args=args)


def typed(copy, **changed):
    facts = {
        "label": copy.label, "depot": copy.depot_id, "expected_life_days": 900,
        "setup_days": 1, "takedown_days": 1, "maintenance_days": 5,
        "days_out_before": 0, "version": copy.version,
    }  # fmt: skip
    return facts | changed


PRIVATE = [
    ("copy_detail", ["NUA001-1"]),
    ("copy_edit", ["NUA001-1"]),
    ("copy_state", ["NUA001-1"]),
    ("component_list", ["NUA001-1"]),
    ("label_sheets", ["NUA001-1"]),
    ("copy_labels", ["NUA001-1"]),
]


@pytest.mark.parametrize(("name", "args"), PRIVATE)
def test_a_copy_does_not_exist_for_people_of_another_structure(enter, copy, name, args):
    stranger = MembershipFactory().user

    assert enter(stranger).get(address(name, *args)).status_code == 404


@pytest.mark.parametrize(("name", "args"), PRIVATE)
def test_the_owner_opens_every_page_of_its_copy(enter, copy, owner, name, args):
    ComponentFactory(copy=copy)

    assert enter(owner).get(address(name, *args)).status_code == 200


def test_an_observer_reads_a_copy_and_changes_nothing(enter, copy):
    client = enter(UserFactory(role=Role.OBSERVER))

    assert client.get(address("copy_detail", copy.label)).status_code == 200
    assert client.get(address("copy_edit", copy.label)).status_code == 404


def test_whoever_is_not_signed_in_is_asked_to(client, copy):
    response = client.get(address("copy_list"))

    assert response.status_code == 302
    assert "/compte/login/" in response["Location"]


def test_the_list_says_where_each_copy_is_and_where_it_goes(enter, copy, owner):
    LoanFactory(copy=copy, host__name="Médiathèque de Lens", state="on_site",
                free_on=dt.date(2100, 1, 5))  # fmt: skip

    html = enter(owner).get(address("copy_list")).content.decode()

    assert "NUA001-1" in html
    assert "chez Médiathèque de Lens" in html


def test_the_list_is_filtered_by_state_and_by_words(enter, copy, owner):
    CopyFactory(resource=copy.resource, label="NUA001-2", state=CopyState.BROKEN)
    client = enter(owner)

    broken = client.get(address("copy_list"), {"etat": "broken"}, headers=HTMX)
    other = client.get(address("copy_list"), {"q": "volcans"})

    assert "NUA001-2" in broken.content.decode()
    assert "NUA001-1" not in broken.content.decode()
    assert "<html" not in broken.content.decode()
    assert "Aucun exemplaire ne correspond" in other.content.decode()


@pytest.mark.parametrize(
    ("form", "start"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("ods", b"PK")]
)
def test_the_list_is_a_file_too(enter, copy, owner, form, start):
    response = enter(owner).get(address("copy_export", form))

    assert response.content.startswith(start)
    assert "html" not in response["Content-Type"]
    if form == "csv":
        assert "NUA001-1" in response.content.decode()
        assert "au dépôt" in response.content.decode()


@pytest.mark.parametrize("copies", [1, 3])
def test_the_list_costs_the_same_for_one_copy_or_three(
    enter, copy, owner, copies, django_assert_num_queries
):
    for _ in range(copies - 1):
        LoanFactory(copy=CopyFactory(resource=copy.resource))
    client = enter(owner)

    # session, person, is owner, count, copies, loans
    with django_assert_num_queries(6):
        client.get(address("copy_list"))


@pytest.mark.parametrize("copies", [1, 3])
def test_a_calendar_costs_the_same_for_one_copy_or_three(
    client, copy, copies, django_assert_num_queries
):
    LoanFactory(copy=copy)
    for _ in range(copies - 1):
        LoanFactory(copy=CopyFactory(resource=copy.resource))

    # resource, copies, holds, holidays, schools, closures, then the owner's
    # calendar: holidays, closures, shuttle
    with django_assert_num_queries(9):
        client.get(
            address("resource_calendar", copy.resource.slug), {"mois": "2026-10"}
        )


def test_a_copy_is_added_with_the_label_that_is_proposed(enter, copy, owner):
    client = enter(owner)
    url = address("copy_new", copy.resource.slug)
    proposed = client.get(url).context["form"]["label"].value()

    response = client.post(url, typed(copy, label=proposed))

    made = Copy.objects.get(label=proposed)
    assert response["Location"] == made.get_absolute_url()
    assert made.rank == copy.rank + 1
    assert len(made.feed_key) > 40


def test_a_copy_is_added_only_by_those_who_lend_the_resource(enter, copy):
    stranger = MembershipFactory().user

    response = enter(stranger).post(
        address("copy_new", copy.resource.slug), typed(copy, label="X-1")
    )

    assert response.status_code == 404
    assert Copy.objects.count() == 1


def test_a_label_that_is_taken_is_told_beside_its_box(enter, copy, owner):
    response = enter(owner).post(address("copy_new", copy.resource.slug), typed(copy))

    assert response.status_code == 422
    assert response.context["form"].errors["label"]


def test_two_people_at_once_lose_nothing(enter, copy, owner):
    """One changes the notes, the other the set-up: both stay; the same box is asked."""
    client = enter(owner)
    url = address("copy_edit", copy.label)

    client.post(url, typed(copy, notes="Prudence"))
    client.post(url, typed(copy, setup_days=3))
    again = client.post(url, typed(copy, setup_days=2))

    copy.refresh_from_db()
    assert (copy.notes, copy.setup_days) == ("Prudence", 3)
    assert again.status_code == 422
    assert "montage (jours)" in again.content.decode()
    # Sent once more with what the page now holds, the person's answer is kept.
    version = again.context["form"].data["version"]
    client.post(url, typed(copy, setup_days=2, notes="Prudence", version=version))
    copy.refresh_from_db()
    assert (copy.notes, copy.setup_days) == ("Prudence", 2)


def test_a_copy_that_is_promised_is_not_retired(enter, copy, owner):
    LoanFactory(copy=copy, free_on=dt.date(2100, 1, 5))
    client = enter(owner)
    url = address("copy_state", copy.label)

    refused = client.post(url, {"state": "retired"})
    lost = client.post(url, {"state": "lost", "why": "Colis égaré"})

    assert refused.status_code == 422
    assert lost.status_code == 302
    copy.refresh_from_db()
    assert copy.state == CopyState.LOST
    assert copy.history.first().history_change_reason == "Colis égaré"


def rows(client, copy, **changed):
    """What the page of crates sends back, as it was shown."""
    context = client.get(address("component_list", copy.label)).context
    data = {"version": str(context["version"])}
    for row in context["rows"]:
        for field in row:
            value = field.value()
            if value is not None and value is not False:
                data[field.html_name] = value
    return data | changed


def test_crates_and_pieces_are_added_on_one_page(enter, copy, owner):
    client = enter(owner)
    url = address("component_list", copy.label)

    client.post(url, rows(client, copy, **{"n0-name": "Caisse 1", "n0-kind": "crate"}))
    crate = Component.objects.get()
    client.post(
        url, rows(client, copy, **{"n0-name": "Panneau", "n0-crate": str(crate.pk)})
    )

    assert crate.label == "NUA001-1-C1"
    piece = crate.pieces.get()
    assert (piece.label, piece.position) == ("NUA001-1-01", 2)


def test_a_list_of_crates_saved_by_a_colleague_is_not_overwritten(enter, copy, owner):
    client = enter(owner)
    url = address("component_list", copy.label)
    first = rows(client, copy, **{"n0-name": "Caisse 1", "n0-kind": "crate"})

    client.post(url, first)
    second = client.post(url, first)

    assert second.status_code == 422
    assert "entre-temps" in second.content.decode()
    assert Component.objects.count() == 1


def test_a_piece_is_retired_and_a_mistake_is_told(enter, copy, owner):
    piece = ComponentFactory(copy=copy)
    client = enter(owner)
    url = address("component_list", copy.label)

    wrong = client.post(url, rows(client, copy, **{f"c{piece.pk}-name": ""}))
    client.post(url, rows(client, copy, **{f"c{piece.pk}-retire": "on"}))

    assert wrong.status_code == 422
    piece.refresh_from_db()
    assert piece.retired_on is not None


@pytest.mark.parametrize("pieces", [1, 3])
def test_the_page_of_crates_costs_the_same_for_one_piece_or_three(
    enter, copy, owner, pieces, django_assert_num_queries
):
    ComponentFactory.create_batch(pieces, copy=copy)
    client = enter(owner)

    with django_assert_num_queries(5):  # session, person, copy, its parts, version
        client.get(address("component_list", copy.label))


@pytest.mark.parametrize("sheet", ["24", "65", "8", "caisse", "nimporte"])
def test_labels_are_a_pdf(enter, copy, owner, sheet):
    ComponentFactory(copy=copy, kind="crate", name="Caisse 1", weight_kg=20)

    response = enter(owner).get(
        address("copy_labels", copy.label), {"format": sheet, "sauter": "3"}
    )

    assert response["Content-Type"] == "application/pdf"
    assert response.content.startswith(b"%PDF")


def test_days_are_kept_and_given_back(enter, copy, owner):
    client = enter(owner)
    days = {"start": "2100-03-01", "last": "2100-03-05", "text": "Fête"}

    client.post(address("copy_keep", copy.label), days)
    kept = copy.holds.get()
    client.post(address("copy_keep", copy.label), days)  # taken: nothing more
    client.post(address("copy_free", copy.label, kept.pk))

    assert (kept.kind, kept.ends_on) == (HoldKind.OWN_USE, dt.date(2100, 3, 6))
    assert not copy.holds.exists()


def test_the_days_of_a_loan_are_not_given_back_like_that(enter, copy, owner):
    loan = LoanFactory(copy=copy)

    enter(owner).post(address("copy_free", copy.label, loan.hold.pk))

    assert copy.holds.count() == 1


@pytest.mark.parametrize(
    "days",
    [
        {"start": "2100-03-05", "last": "2100-03-01"},
        {"start": "2001-03-05", "last": "2001-03-06"},
        {"start": "x", "last": ""},
    ],
)
def test_days_that_make_no_sense_are_not_kept(enter, copy, owner, days):
    enter(owner).post(address("copy_keep", copy.label), days)

    assert not copy.holds.exists()


def file_of(text):
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    return SimpleUploadedFile("exemplaires.csv", text.encode())


def test_a_file_of_copies_is_checked_then_applied(enter, copy, owner):
    client = enter(owner)
    text = (
        "label;resource;depot;setup_days;purchased_on;valeur\n"
        f";{copy.resource.slug};{copy.depot.slug};2;01/09/2021;1250,50\n"
        f"NUA001-1;Nuages;{copy.depot.slug};3;;\n"
    )

    checked = client.post(address("copy_import"), {"file": file_of(text)})
    assert checked.context["plan"].counts["create"] == 1
    assert Copy.objects.count() == 1
    client.post(address("copy_import"), {"table": checked.context["text"]})

    copy.refresh_from_db()
    made = Copy.objects.exclude(pk=copy.pk).get()
    assert copy.setup_days == 3
    assert (made.setup_days, made.purchase_value_cents) == (2, 125050)
    assert made.purchased_on == dt.date(2021, 9, 1)


def test_a_file_says_each_mistake_with_its_line(enter, copy, owner):
    other = ResourceFactory(name="Volcans")
    taken = CopyFactory(label="VOL-1")
    text = (
        "label;resource;depot;setup_days;purchased_on\n"
        f"a b;Nuages;{copy.depot.slug};1;2021-09-01\n"
        f"{taken.label};Nuages;{copy.depot.slug};1;\n"
        f";{other.slug};nulle part;x;hier\n"
    )

    response = enter(owner).post(address("copy_import"), {"file": file_of(text)})
    told = {(p.line, p.header) for p in response.context["plan"].problems}

    assert told == {
        (2, "label"), (3, "label"), (4, "resource"), (4, "depot"),
        (4, "setup_days"), (4, "purchased_on"),
    }  # fmt: skip
    assert not response.context["may_apply"]


def test_a_file_that_is_none_is_refused(enter, owner):
    response = enter(owner).post(
        address("copy_import"), {"file": file_of("resource\nNuages\n")}
    )

    assert response.status_code == 422
    assert "Il manque des colonnes" in response.content.decode()


def test_an_export_comes_back_unchanged(enter, copy, owner):
    client = enter(owner)
    text = client.get(address("copy_export", "csv")).content.decode()

    response = client.post(address("copy_import"), {"file": file_of(text)})

    counts = response.context["plan"].counts
    assert counts == {"create": 0, "change": 0, "leave": 1, "refuse": 0}


def test_the_resource_page_says_from_when_it_is_free(client, copy):
    html = client.get(copy.resource.get_absolute_url()).content.decode()

    assert "Libre dès le" in html
    assert "Quand est-ce libre" in html
    assert copy.label not in html


def test_the_owner_finds_its_copies_on_its_pages(enter, copy, owner):
    client = enter(owner)

    assert copy.label in client.get(copy.resource.get_absolute_url()).content.decode()
    assert address("lending_rules", copy.resource.owner.slug) in (
        client.get(copy.resource.owner.get_absolute_url()).content.decode()
    )
    assert address("copy_list") in client.get("/mon-espace/").content.decode()


def test_a_depot_is_a_place_of_the_owner_or_of_its_commune(enter, copy, owner):
    far = PlaceFactory(commune__amiens=True, commune__insee="80021")

    response = enter(owner).post(
        address("copy_edit", copy.label), typed(copy, depot=far.pk)
    )

    assert response.status_code == 422
