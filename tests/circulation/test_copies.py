"""The rules of copies: each refusal has its code, each change its version."""

import datetime as dt

import pytest

from maillage.accounts.choices import Role
from maillage.circulation.choices import CopyState, HoldKind
from maillage.circulation.labels import SHEETS, address_of, lines_of, print_labels
from maillage.circulation.models import Closure, Component, Copy
from maillage.circulation.services.copies import (
    add_closure,
    change_copy,
    check_label,
    clear_letters,
    component_label,
    drop_closure,
    give_back,
    keep_copy,
    make_copy,
    next_rank,
    propose_label,
    save_components,
    set_copy_state,
    set_rules,
)
from maillage.circulation.services.holding import hold
from maillage.circulation.whereabouts import whereabouts
from maillage.core.errors import Refused
from maillage.core.pdf import page_count
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.circulation import ComponentFactory, CopyFactory, LoanFactory
from tests.factories.directory import MembershipFactory

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 9, 7)


def day(text):
    return dt.date.fromisoformat(text)


@pytest.fixture
def copy():
    return CopyFactory(label="NUA001-1")


@pytest.fixture
def owner(copy):
    return MembershipFactory(structure=copy.resource.owner).user


@pytest.fixture
def stranger():
    return MembershipFactory().user


def refused(call, *args, **values):
    with pytest.raises(Refused) as no:
        call(*args, **values)
    return no.value.code


def test_a_label_has_only_letters_that_nobody_mistakes():
    assert clear_letters("L’Île aux oiseaux") == "EAUXSEAUX"


def test_a_label_is_short_and_free():
    resource = ResourceFactory(name="Le Nuage")
    first = propose_label(resource, rank=1)
    CopyFactory(resource=resource, label=first)

    second = propose_label(resource, rank=1)

    assert first == f"NUA{resource.pk:03d}-1"
    assert second == f"{first}A"
    assert len(first) <= 20


@pytest.mark.parametrize(
    ("label", "code"),
    [
        ("nua001-1", "label_taken"),  # case does not make another label
        ("EL-7", "label_taken"),  # a piece bears it
        ("a b", "label"),
        ("É1", "label"),
        ("-A", "label"),
        ("A" * 21, "label"),
    ],
)
def test_a_label_leads_to_one_thing(copy, label, code):
    ComponentFactory(copy=copy, label="EL-7")

    assert refused(check_label, label) == code


def test_a_copy_keeps_its_own_label(copy):
    assert check_label(" nua001-1 ", copy=copy) == "NUA001-1"


def test_copies_are_numbered_and_have_secret_addresses(copy, owner):
    values = {"depot": copy.depot}

    one = make_copy(copy.resource, values=values, by=owner)
    two = make_copy(copy.resource, values=values, by=owner)

    assert [one.rank, two.rank] == [copy.rank + 1, copy.rank + 2]
    assert one.feed_key != two.feed_key
    assert one.history.get().history_user == owner
    assert next_rank(copy.resource) == copy.rank + 3


def test_only_the_owner_and_the_agency_make_copies(copy, stranger):
    author = UserFactory()
    mine = ResourceFactory(owner=copy.resource.owner, created_by=author,
                           state="proposed")  # fmt: skip
    values = {"depot": copy.depot}

    assert refused(make_copy, copy.resource, values=values, by=stranger) == "forbidden"
    assert refused(make_copy, mine, values=values, by=author) == "forbidden"
    assert make_copy(copy.resource, values=values, by=UserFactory(role=Role.AGENCY))


def test_a_change_takes_only_what_the_person_changed(copy, owner):
    version = save_once(copy, owner).version
    change_copy(copy, values={"notes": "A"}, version=version, by=owner)

    row = change_copy(
        copy, values={"notes": "", "setup_days": 4}, version=version, by=owner
    )

    assert (row.notes, row.setup_days) == ("A", 4)


def save_once(copy, owner):
    """Give the history the version that people start from."""
    return change_copy(copy, values={"notes": ""}, version=copy.version, by=owner)


def test_the_same_box_changed_by_two_is_refused_once(copy, owner):
    change_copy(copy, values={"notes": "A"}, version=1, by=owner)

    code = refused(change_copy, copy, values={"notes": "B"}, version=1, by=owner)

    assert code == "stale"
    assert change_copy(copy, values={"notes": "B"}, version=2, by=owner).notes == "B"


@pytest.mark.parametrize(
    ("values", "code"),
    [({"label": "NUA001-2"}, "label_taken"), ({"label": "a b"}, "label")],
)
def test_a_label_is_checked_when_it_changes(copy, owner, values, code):
    CopyFactory(label="NUA001-2")

    assert refused(change_copy, copy, values=values, version=1, by=owner) == code


def test_strangers_change_nothing(copy, stranger):
    kept = hold(
        copy, kind=HoldKind.OWN_USE, start=TODAY, end=day("2026-09-09"), by=None
    )
    closure = Closure.objects.create(
        structure=copy.resource.owner, starts_on=TODAY, ends_on=day("2026-09-09")
    )
    owner = copy.resource.owner
    calls = [
        (change_copy, copy, {"values": {"notes": "x"}, "version": 1}),
        (set_copy_state, copy, {"state": "lost", "today": TODAY}),
        (save_components, copy, {"changed": [], "added": [], "version": 1}),
        (keep_copy, copy, {"start": TODAY, "end": TODAY, "note": "", "today": TODAY}),
        (give_back, kept, {}),
        (set_rules, owner, {"values": {"notice_days": 0}}),
        (add_closure, owner, {"start": TODAY, "end": TODAY, "reason": ""}),
        (drop_closure, closure, {}),
    ]

    codes = {refused(call, thing, by=stranger, **how) for call, thing, how in calls}

    assert codes == {"forbidden"}


def test_a_state_changes_with_its_reason(copy, owner):
    row = set_copy_state(copy, state="lost", by=owner, today=TODAY, why="Vol")

    assert row.state == CopyState.LOST
    assert row.history.first().history_change_reason == "Vol"
    assert (
        refused(set_copy_state, copy, state="lost", by=owner, today=TODAY) == "nothing"
    )


def test_a_copy_with_loans_to_come_is_not_retired(copy, owner):
    LoanFactory(copy=copy)
    how = {"state": "retired", "by": owner}

    assert refused(set_copy_state, copy, today=TODAY, **how) == "has_loans"
    assert set_copy_state(copy, today=day("2027-01-01"), **how).state == "retired"


def test_crates_and_pieces_get_labels_in_turn(copy, owner):
    rows = [{"name": "Caisse", "kind": "crate"}, {"name": "Livre", "quantity": 3}]

    save_components(copy, changed=[], added=rows, version=1, by=owner)

    labels = list(copy.components.values_list("label", "position"))
    assert labels == [("NUA001-1-C1", 1), ("NUA001-1-01", 2)]
    assert component_label(copy, is_crate=True) == "NUA001-1-C2"


def test_a_piece_stands_in_a_crate_of_its_own_copy(copy, owner):
    piece = ComponentFactory(copy=copy)
    crate = ComponentFactory(copy=copy, kind="crate")
    other = ComponentFactory(kind="crate")

    def put(part, values):
        version = Copy.objects.get(pk=copy.pk).version
        save_components(
            copy, changed=[(part, values)], added=[], version=version, by=owner
        )

    put(piece, {"crate": crate})
    put(crate, {"crate": crate})  # a crate stands in nothing
    crate.refresh_from_db()
    assert list(crate.pieces.all()) == [piece]
    assert refused(put, piece, {"crate": other}) == "crate"
    assert refused(put, other, {"name": "x"}) == "gone"


def test_a_list_of_another_version_is_refused(copy, owner):
    how = {"changed": [], "added": [{"name": "Livre"}], "by": owner}
    save_components(copy, version=1, **how)

    assert refused(save_components, copy, version=1, **how) == "stale"
    assert Component.objects.count() == 1


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2026-10-10", "2026-10-10", "order"),
        ("2026-08-01", "2026-08-05", "past"),
        ("2026-10-20", "2026-11-20", "taken"),
    ],
)
def test_days_are_kept_only_when_they_make_sense(copy, owner, start, end, code):
    LoanFactory(copy=copy)
    how = {"start": day(start), "end": day(end), "note": "", "today": TODAY}

    assert refused(keep_copy, copy, by=owner, **how) == code


def test_only_days_that_were_kept_are_given_back(copy, owner):
    loan = LoanFactory(copy=copy)
    kept = keep_copy(
        copy, start=day("2026-12-01"), end=day("2026-12-05"), note="Fête", by=owner,
        today=TODAY,
    )  # fmt: skip

    give_back(kept, by=owner)

    assert refused(give_back, loan.hold, by=owner) == "not_yours"
    assert list(copy.holds.all()) == [loan.hold]


def test_rules_are_kept_once(copy, owner):
    structure = copy.resource.owner
    set_rules(structure, values={"notice_days": 3}, by=owner)

    rules = set_rules(structure, values={"buffer_days": 2}, by=owner)

    assert (rules.notice_days, rules.buffer_days) == (3, 2)


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2026-12-24", "2026-12-24", "order"),
        ("2026-12-30", "2027-01-04", "twice"),
    ],
)
def test_a_closure_makes_sense_and_is_said_once(copy, owner, start, end, code):
    structure = copy.resource.owner
    first = add_closure(
        structure, start=day("2026-12-24"), end=day("2027-01-02"), reason="Noël",
        by=owner,
    )  # fmt: skip
    how = {"start": day(start), "end": day(end), "reason": "", "by": owner}

    assert refused(add_closure, structure, **how) == code
    drop_closure(first, by=owner)
    assert not structure.closures.exists()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("departed", "en route vers Médiathèque de Lens"),
        ("on_site", "chez Médiathèque de Lens"),
        ("returning", "sur le retour de Médiathèque de Lens"),
        ("confirmed", "au dépôt : Réserve"),
    ],
)
def test_a_copy_is_where_its_loan_says(state, said):
    copy = CopyFactory(depot__name="Réserve")
    LoanFactory(copy=copy, state=state, host__name="Médiathèque de Lens")

    (where,) = whereabouts([copy], today=day("2026-10-10"))

    assert where.text.replace("\N{NO-BREAK SPACE}", " ") == said
    assert bool(where.following) == (state == "confirmed")


def test_a_copy_that_should_be_back_is_late_and_a_lost_one_is_nowhere():
    copy = CopyFactory()
    LoanFactory(copy=copy, state="on_site")
    lost = CopyFactory(state=CopyState.LOST)

    late, gone = whereabouts([copy, lost], today=day("2026-12-01"))

    assert late.is_late
    assert gone.text == "on ne sait pas"


def test_a_label_leads_to_its_page(settings):
    settings.SITE_URL = "https://maillage.example"

    assert address_of("NUA001-1-C1") == (
        "https://maillage.example/etiquettes/NUA001-1-C1/"
    )


def test_a_large_label_tells_what_is_in_the_crate(copy):
    crate = ComponentFactory(copy=copy, kind="crate", name="Caisse A", weight_kg=12)
    ComponentFactory(copy=copy, crate=crate, name="Livre", quantity=3)
    ComponentFactory(copy=copy, crate=crate, name="Vieux", retired_on=TODAY)

    (line,) = lines_of(copy, sheet=SHEETS["caisse"])

    assert line["inside"] == ["Livre × 3"]
    assert (line["name"], line["weight"]) == ("Caisse A (1 sur 1)", "12 kg")


@pytest.mark.parametrize(
    ("sheet", "pieces", "skip", "pages"),
    [("24", 23, 0, 1), ("24", 23, 1, 2), ("65", 30, 0, 1), ("8", 8, 0, 2)],
)
def test_labels_fill_their_sheets(copy, sheet, pieces, skip, pages):
    ComponentFactory.create_batch(pieces, copy=copy)

    pdf = print_labels(copy, sheet=SHEETS[sheet], skip=skip)

    assert page_count(pdf) == pages
