import pytest
from django.http import QueryDict

from maillage.catalogue.fields import FeesField, StructuresField
from maillage.catalogue.forms import AttachmentForm, ResourceForm
from maillage.catalogue.models import Resource
from maillage.core.choices import State
from tests.factories.accounts import UserFactory
from tests.factories.catalogue import ResourceFactory
from tests.factories.directory import MembershipFactory, StructureFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def member():
    return MembershipFactory()


def sent(owner, /, **more):
    data = QueryDict(mutable=True)
    values = {"name": "Nuages", "kind": "exhibition", "owner": owner.pk, "version": 1}
    for name, value in (values | more).items():
        data.setlist(
            name, [str(v) for v in (value if isinstance(value, list) else [value])]
        )
    return data


def form_of(member, **more):
    return ResourceForm(sent(member.structure, **more), user=member.user)


def test_a_name_a_kind_and_an_owner_are_enough(member):
    form = form_of(member)
    assert form.is_valid(), form.errors
    assert form.instance.fees == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("kind", "spaceship"),
        ("owner", "999999"),
        ("owner", "1 OR 1=1"),
        ("themes", "nope"),
        ("surface_m2", "-1"),
        ("surface_m2", "1e9"),
        ("surface_m2", "99999999"),
        ("deposit_cents", "NaN"),
        ("insurance_value_cents", "-5"),
        ("largest_crate", "grande"),
        ("year", "1515"),
        ("volume_m3", "1,234"),
        ("producers", "Société inconnue"),
        ("description", "x" * 20_001),
        ("picture_alt", "x" * 201),
    ],
)
def test_a_wrong_answer_is_told_beside_its_box(member, field, typed):
    form = form_of(member, **{field: typed})
    assert not form.is_valid()
    assert field in form.errors


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "🦕 étoiles", "مرحبا", "a\0b", "x' OR '1'='1"]
)
def test_any_text_is_text(member, text):
    form = form_of(member, name=text, description=text)
    assert form.is_valid(), form.errors
    assert "\0" not in form.instance.name


def test_numbers_are_read_the_french_way(member):
    form = form_of(
        member,
        volume_m3="4,5",
        deposit_cents="1 250,50 €",
        largest_crate="120 x 80X60 cm",
    )
    assert form.is_valid(), form.errors
    assert str(form.instance.volume_m3) == "4.5"
    assert form.instance.deposit_cents == 125050
    assert form.instance.largest_crate == "120 × 80 × 60"


@pytest.mark.parametrize(
    ("low", "high"), [("min_age", "max_age"), ("loan_days_min", "loan_days_max")]
)
def test_two_numbers_stand_in_their_order(member, low, high):
    assert form_of(member, **{low: 6, high: 6}).is_valid()
    assert high in form_of(member, **{low: 7, high: 6}).errors


def test_one_writes_in_the_name_of_one_s_own_structures_only(member):
    other = StructureFactory()
    assert "owner" in ResourceForm(sent(other), user=member.user).errors
    assert ResourceForm(sent(other), user=UserFactory(agency=True)).is_valid()


def test_the_only_structure_is_chosen_already(member):
    assert ResourceForm(user=member.user)["owner"].value() == member.structure.pk
    MembershipFactory(user=member.user)
    assert ResourceForm(user=member.user)["owner"].value() is None


def test_who_corrects_a_resource_of_others_cannot_take_it(member):
    resource = ResourceFactory()
    data = sent(member.structure, name=resource.name)
    stranger = UserFactory()
    assert "owner" in ResourceForm(data, user=stranger, instance=resource).errors
    resource = Resource.objects.get(pk=resource.pk)
    form = ResourceForm(sent(resource.owner), user=stranger, instance=resource)
    assert form.is_valid(), form.errors


def rows(*found):
    """What a browser sends of the rows of a scale."""
    parts = zip(*found, strict=True)
    return dict(
        zip(("fees-borrower", "fees-days", "fees-euros"), map(list, parts), strict=True)
    )


def test_the_scale_is_kept_in_order_without_its_blank_rows(member):
    form = form_of(
        member,
        **rows(
            ("tous", "30", "250"), ("", "", ""), ("ecole", "7", "0"), ("", "7", "80,5")
        ),
    )
    assert form.is_valid(), form.errors
    assert form.instance.fees == [
        {"borrower": "tous", "days": 7, "cents": 8050},
        {"borrower": "tous", "days": 30, "cents": 25000},
        {"borrower": "ecole", "days": 7, "cents": 0},
    ]


@pytest.mark.parametrize(
    ("row", "word"),
    [
        (("roi", "7", "80"), "emprunteur"),
        (("tous", "", "80"), "durée"),
        (("tous", "0", "80"), "durée"),
        (("tous", "9999", "80"), "durée"),
        (("tous", "٧", "80"), "durée"),
        (("tous", "7", ""), "montant"),
        (("tous", "7", "-3"), "montant"),
        (("tous", "14", "90"), "déjà"),
    ],
)
def test_a_wrong_row_is_named_and_what_was_typed_stays(member, row, word):
    form = form_of(member, **rows(("tous", "14", "90"), row))
    [error] = form.errors["fees"]
    assert error.startswith("Ligne 2")
    assert word in error
    html = str(form["fees"])
    assert f'value="{row[1]}"' in html
    assert f'value="{row[2]}"' in html


def test_a_scale_has_an_end(member):
    found = [("tous", str(n), "1") for n in range(1, 42)]
    assert "fees" in form_of(member, **rows(*found)).errors


def test_columns_of_unequal_length_lose_nothing(member):
    form = form_of(member, **{"fees-borrower": ["tous", "ecole"], "fees-days": ["7"]})
    assert len(form.errors["fees"]) == 2


def test_the_scale_shows_what_is_kept_and_blank_rows():
    resource = ResourceFactory(lent=True)
    form = ResourceForm(user=UserFactory(agency=True), instance=resource)
    html = str(form["fees"])
    assert 'value="80"' in html
    # two kept, two blank, one for « Ajouter une ligne »
    assert html.count('name="fees-days"') == 5
    field = form.fields["fees"]
    assert not field.has_changed(resource.fees, field.widget.value_from_datadict(
        QueryDict("fees-borrower=tous&fees-days=7&fees-euros=80&fees-borrower=tous"
                  "&fees-days=30&fees-euros=250"), {}, "fees"))  # fmt: skip
    assert field.has_changed(
        resource.fees, [{"borrower": "x", "days": "", "euros": ""}]
    )


def test_plain_values_stand_for_rows_too():
    row = {"borrower": "tous", "days": "7", "euros": "8"}
    field = FeesField()
    assert field.widget.value_from_datadict({"fees": [row]}, {}, "fees") == [row]
    assert not field.widget.value_omitted_from_data({"fees": []}, {}, "fees")
    assert field.widget.value_omitted_from_data({}, {}, "fees")
    names = StructuresField()
    assert names.widget.value_from_datadict({"who": ["A"]}, {}, "who") == ["A"]


def test_producers_are_named_once_each(member):
    one, two = StructureFactory(name="Xplorium"), StructureFactory(name="Nausicaá")
    form = form_of(member, producers=["xplorium", "Nausicaá", "", "xplorium"])
    assert form.is_valid(), form.errors
    assert form.cleaned_data["producers"] == [one, two]
    assert form.values()["producers"] == sorted([one.pk, two.pk])


def test_a_structure_that_one_may_not_see_is_unknown(member):
    StructureFactory(name="Secrète", state=State.DRAFT)
    assert "Secrète" in form_of(member, producers=["Secrète"]).errors["producers"][0]
    assert "producers" in form_of(member, producers=[str(n) for n in range(13)]).errors


def test_producers_are_shown_and_compared_by_name():
    one = StructureFactory(name="Xplorium")
    resource = ResourceFactory(producers=[one])
    form = ResourceForm(user=UserFactory(agency=True), instance=resource)
    assert 'value="Xplorium"' in str(form["producers"])
    field = form.fields["producers"]
    assert not field.has_changed([one], ["xplorium", ""])
    assert field.has_changed([one], ["Nausicaá"])


def test_a_file_has_a_title():
    form = AttachmentForm({"kind": "picture", "title": " \u00a0 "}, {})
    assert {"title", "file"} <= set(form.errors)
    assert "kind" in AttachmentForm({"kind": "program"}, {}).errors
