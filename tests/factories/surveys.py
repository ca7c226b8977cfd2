"""Questionnaires, waves, those asked, each with an empty sheet."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from maillage.surveys.choices import UnitSource, VersionState, WaveState
from maillage.surveys.definition import (
    Choice,
    ChoiceList,
    Definition,
    QuestionSpec,
    Repeat,
    Section,
    to_json,
)
from maillage.surveys.models import Questionnaire, Response, Unit, Version, Wave
from tests.factories.directory import StructureFactory

NOW = dt.datetime(2026, 3, 9, 10, tzinfo=dt.UTC)
TODAY = dt.date(2026, 3, 9)

#: Every sort of part, a condition, proposals of the platform and a field to update.
DEFINITION = Definition(
    title="Enquête d’essai",
    intro="Dix minutes.",
    thanks="Merci à vous.",
    choice_lists=(
        ChoiceList("roles", (Choice("conceive", "Concevoir"), Choice("host", "Accueillir"))),
        ChoiceList("themes", (Choice("astronomy", "Ciel"), Choice("sea", "Mer"))),
    ),
    parts=(
        Section(
            "vous",
            "Vous",
            parts=(
                QuestionSpec("nom", "text", "Votre nom", required=True),
                QuestionSpec(
                    "site", "url", "Votre site", prefill="structure.website",
                    updates="website",
                ),
                QuestionSpec("effectif", "integer", "Salariés", minimum=0, maximum=500),
                QuestionSpec(
                    "benevoles", "integer", "Bénévoles", relevant="${effectif} = 0"
                ),
                QuestionSpec("themes", "many", "Thèmes", choices="themes"),
                QuestionSpec("ville", "commune", "Commune"),
            ),
        ),
        Section(
            "lieux",
            "Vos lieux",
            parts=(
                QuestionSpec(
                    "lieux_nombre", "integer", "Combien de lieux ?",
                    prefill="structure.places",
                ),
                Repeat(
                    "outil",
                    "Vos outils",
                    item_label="Outil",
                    at_most=5,
                    prefill="structure.resources",
                    questions=(
                        QuestionSpec("outil_nom", "text", "Nom", prefill="name"),
                        QuestionSpec("outil_annee", "integer", "Année", prefill="year"),
                        QuestionSpec("outil_prets", "integer", "Prêts"),
                    ),
                ),
                QuestionSpec(
                    "prets", "calculate", "Prêts en tout",
                    calculation="sum(${outil_prets})",
                ),
                QuestionSpec("merci", "note", "C’est fini."),
            ),
        ),
    ),
)  # fmt: skip


class QuestionnaireFactory(DjangoModelFactory):
    class Meta:
        model = Questionnaire

    name = factory.Sequence(lambda n: f"Enquête {n}")
    slug = factory.Sequence(lambda n: f"enquete-{n}")
    created_at = NOW


class VersionFactory(DjangoModelFactory):
    """Frozen, with one question of each sort."""

    class Meta:
        model = Version

    questionnaire = factory.SubFactory(QuestionnaireFactory)
    number = factory.Sequence(lambda n: n + 1)
    state = VersionState.FROZEN
    definition = factory.LazyFunction(lambda: to_json(DEFINITION))
    changed_at = NOW


class WaveFactory(DjangoModelFactory):
    """Open over March 2026, about 2025."""

    class Meta:
        model = Wave

    version = factory.SubFactory(VersionFactory)
    name = factory.Sequence(lambda n: f"Édition {n}")
    slug = factory.Sequence(lambda n: f"edition-{n}")
    year = 2025
    opens_on = dt.date(2026, 3, 1)
    closes_on = dt.date(2026, 3, 31)
    state = WaveState.OPEN
    created_at = NOW


class UnitFactory(DjangoModelFactory):
    """A structure that is asked; ``structure=None`` makes one of an outside list."""

    class Meta:
        model = Unit
        skip_postgeneration_save = True

    wave = factory.SubFactory(WaveFactory)
    source = UnitSource.DIRECTORY
    structure = factory.SubFactory(StructureFactory)
    panel_key = factory.Sequence(lambda n: f"key:{n}")
    name = factory.LazyAttribute(
        lambda unit: unit.structure.name if unit.structure else "Centre social"
    )
    email = factory.Sequence(lambda n: f"accueil{n}@example.org")
    kind = "association"
    token = factory.Sequence(lambda n: f"jeton{n:040d}")

    @factory.post_generation
    def response(self, create, wanted, **kwargs):
        if create:
            Response.objects.create(unit=self, **kwargs)
