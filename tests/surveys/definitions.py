"""Definitions for tests: one of every kind of question, and any valid one."""

from dataclasses import replace

from hypothesis import strategies as st

from maillage.surveys.choices import QuestionKind
from maillage.surveys.definition import (
    Choice,
    ChoiceList,
    Definition,
    QuestionSpec,
    Repeat,
    Section,
)


def spaced(text: str) -> str:
    """With plain spaces: texts that are compiled keep their signs by no-break ones."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def a_definition() -> Definition:
    """Small, without a problem, with every kind of part."""
    return Definition(
        title="Enquête d’essai",
        intro="Dix minutes.",
        thanks="Merci.",
        choice_lists=(
            ChoiceList("natures", (Choice("museum", "Musée"), Choice("club", "Club"))),
            ChoiceList("themes", (Choice("sky", "Ciel"), Choice("sea", "Mer"))),
        ),
        parts=(
            Section(
                "vous",
                "Vous",
                parts=(
                    QuestionSpec("nom", "text", "Votre nom", required=True),
                    QuestionSpec("nature", "one", "Nature", choices="natures"),
                    QuestionSpec(
                        "effectif",
                        "integer",
                        "Combien de salariés ?",
                        minimum=0,
                        maximum=5000,
                        unit="personnes",
                        relevant="${nature} = 'museum'",
                    ),
                    QuestionSpec("themes", "many", "Vos thèmes", choices="themes"),
                    QuestionSpec("avis", "scale", "Votre avis", minimum=1, maximum=5),
                ),
            ),
            Section(
                "expositions",
                "Vos expositions",
                hint="Celles que vous prêtez.",
                parts=(
                    QuestionSpec("prete", "yes_no", "Prêtez-vous ?"),
                    Repeat(
                        "expo",
                        "Chaque exposition",
                        item_label="Exposition",
                        relevant="${prete} = 'yes'",
                        at_most=20,
                        questions=(
                            QuestionSpec("expo_titre", "text", "Titre", required=True),
                            QuestionSpec("expo_visites", "integer", "Visiteurs"),
                        ),
                    ),
                    QuestionSpec(
                        "total",
                        "calculate",
                        "Total des visiteurs",
                        calculation="sum(${expo_visites})",
                    ),
                    QuestionSpec("merci", "note", "Merci d’avoir compté."),
                ),
            ),
        ),
    )


def only(*questions: QuestionSpec, **whole: object) -> Definition:
    """One page with these questions."""
    page = Section("page", "Page", parts=questions)
    return replace(a_definition(), parts=(page,), **whole)


WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "),
    min_size=1,
    max_size=30,
)
LABELS = (
    WORDS.map(lambda text: " ".join(text.split()))
    .filter(bool)
    .filter(lambda text: "${" not in text and "_x" not in text)
)
MAYBE = st.just("") | LABELS
NUMBERS = st.integers(-1000, 1000) | st.sampled_from([0.5, 2.25, -3.75])
OTHER = st.dictionaries(
    st.just("en"), st.fixed_dictionaries({"label": LABELS}), max_size=1
)


@st.composite
def questions(draw, code, lists, earlier):
    kind = draw(st.sampled_from(QuestionKind.values))
    spec = QuestionSpec(
        code, kind, draw(LABELS), draw(MAYBE), draw(MAYBE), languages=draw(OTHER)
    )
    if earlier and draw(st.booleans()):
        spec = replace(spec, relevant=f"${{{draw(st.sampled_from(earlier))}}} != 'x1'")
    if kind in {"one", "many"}:
        spec = replace(spec, choices=draw(st.sampled_from(lists)))
    if kind == "calculate":
        return replace(spec, calculation=draw(st.sampled_from(["1 + 1", "today()"])))
    if kind == "note":
        return spec
    if kind == "scale":
        spec = replace(spec, minimum=draw(st.integers(0, 3)), maximum=9)
    elif kind in {"integer", "decimal", "euros"}:
        ends = sorted(draw(st.tuples(NUMBERS, NUMBERS)))
        low, high = (draw(st.none() | st.just(end)) for end in ends)
        spec = replace(spec, minimum=low, maximum=high)
    return replace(
        spec,
        required=draw(st.booleans()),
        constraint=draw(st.sampled_from(["", ". != 3", ". >= 3", ". <= 7 or . = 9"])),
        constraint_message=draw(MAYBE),
        unit=draw(MAYBE),
        appearance=draw(st.sampled_from(["", "minimal", "horizontal"])),
    )


@st.composite
def definitions(draw):
    """Any definition that ``check`` lets through."""
    lists = tuple(
        ChoiceList(
            f"list{number}",
            tuple(
                Choice(f"c{place}", draw(LABELS), draw(OTHER))
                for place in range(draw(st.integers(1, 3)))
            ),
        )
        for number in range(2)
    )
    names = [one.code for one in lists]
    earlier: list[str] = []
    count = iter(range(10_000))

    def some(most):
        found = []
        for _time in range(draw(st.integers(1, most))):
            spec = draw(questions(f"q{next(count)}", names, earlier))
            found.append(spec)
        earlier.extend(
            spec.code
            for spec in found
            if spec.kind not in {"note", "one", "many", "yes_no"}
        )
        return tuple(found)

    def page():
        parts = list(some(3))
        if draw(st.booleans()):
            parts.append(Section(f"s{next(count)}", draw(LABELS), parts=some(2)))
        if draw(st.booleans()):
            at_least = draw(st.integers(0, 3))
            before = list(earlier)
            parts.append(
                Repeat(
                    f"r{next(count)}",
                    draw(LABELS),
                    draw(MAYBE),
                    draw(MAYBE),
                    at_least=at_least,
                    at_most=at_least + draw(st.integers(1, 10)),
                    questions=some(2),
                    languages=draw(OTHER),
                )
            )
            earlier[:] = before
        return Section(f"p{next(count)}", draw(LABELS), draw(MAYBE), parts=tuple(parts))

    pages = tuple(page() for _time in range(draw(st.integers(1, 2))))
    if not any(spec.is_answered for one in pages for spec in walk(one)):
        pages[0].parts[0]
        extra = QuestionSpec(f"q{next(count)}", "text", "Encore")
        pages = (replace(pages[0], parts=(*pages[0].parts, extra)), *pages[1:])
    return Definition(
        draw(LABELS), draw(MAYBE), draw(MAYBE), lists, pages, languages=("en",)
    )


def walk(part):
    return Definition("t", parts=(part,)).questions().values()
