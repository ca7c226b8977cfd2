"""No page, export or route of an app about people adds up what skipped the gate.

The faces of these apps may not count, sum or average; services may, and hand figures of
``core.disclosure`` to whoever is not the agency. What is listed below is seen by the
agency alone, or counts things that are public one by one. A new line is a decision.
"""

import ast
from pathlib import Path

import pytest

import maillage

ROOT = Path(maillage.__file__).parent
APPS = ("surveys", "observatory", "passport", "studio")
#: Not faces: what they compute is shown by faces, or by nobody.
INSIDE = {"services", "models", "migrations", "management", "problem", "jobs.py"}
ORM = {"Count", "Sum", "Avg", "StdDev", "Variance"}
PLAIN = {"sum", "mean", "fmean", "median", "average", "nansum", "nanmean"}

PROGRESS = "how far the agency's own survey is; the page is for the agency"
OWN = "what one respondent has filled in, shown to this respondent"
PUBLIC = "counts published things, each of which is public"
SERVED = "rows of one place, that services add up and let through the gate"
AFTER = "works on figures that the gate has let through"
BEFORE = "makes the tables that the gate is asked for; shown to nobody as they are"
TEAM = (
    "levels, answers and actions of one structure, for its team and who may read them"
)
DOORS = "what a place's own doors recorded today, for its members and its devices"
THINGS = "counts the devices and the places of who asks, no person"
PEOPLE = "inhabitants of communes, public statistics without units to hide"
ALLOWED = {
    "surveys/views/waves.py": ({"Count", "count"}, PROGRESS),
    "surveys/views/waves_people.py": ({"count"}, PROGRESS),
    "surveys/views/waves_mail.py": ({"count"}, PROGRESS),
    "surveys/views/paper.py": ({"count"}, PROGRESS),
    "surveys/questionnaire_pages.py": ({"Count", "sum"}, PROGRESS),
    "surveys/panels.py": ({"Count", "count"}, PROGRESS),
    "surveys/views/answers.py": ({"sum"}, OWN),
    "surveys/results_states.py": ({"count"}, PROGRESS),
    "surveys/views/results_agency.py": ({"sum"}, PROGRESS),
    "surveys/answer_offers.py": ({"sum"}, OWN),
    "surveys/prefill.py": ({"sum"}, OWN),
    "surveys/results/variables.py": ({"sum"}, BEFORE),
    "surveys/results/tables.py": ({"sum"}, BEFORE),
    "surveys/results/gate.py": ({"sum"}, BEFORE),
    "surveys/results/blocks.py": ({"sum", "mean"}, AFTER),
    "surveys/results/findings.py": ({"mean"}, AFTER),
    "surveys/results/shown.py": ({"sum", "mean"}, AFTER),
    "surveys/results_pages.py": ({"sum"}, AFTER),
    "interchange/datasets_surveys.py": ({"sum"}, AFTER),
    "api/observatory.py": ({"count"}, PUBLIC),
    "observatory/computing.py": ({"sum"}, SERVED),
    "observatory/cards.py": ({"sum", "median"}, AFTER),
    "observatory/indicator_maps.py": ({"sum"}, AFTER),
    "observatory/dashboards.py": ({"Sum", "aggregate"}, PEOPLE),
    "interchange/datasets_observatory.py": ({"count", "aggregate"}, PUBLIC),
    "observatory/views/access.py": ({"sum"}, PUBLIC),
    "observatory/panels.py": ({"count"}, PUBLIC),
    "observatory/siting_pages.py": ({"sum"}, PEOPLE),
    "observatory/access_charts.py": ({"sum"}, PEOPLE),
    "studio/grids.py": ({"sum", "aggregate"}, TEAM),
    "studio/assessment_pages.py": ({"sum"}, TEAM),
    "studio/views/assessments.py": ({"sum"}, TEAM),
    "studio/views/evaluations.py": ({"Count"}, TEAM),
    "studio/views/improvements.py": ({"Count"}, TEAM),
    "passport/benefit_manage.py": ({"Count"}, PUBLIC),
    "passport/panels_benefits.py": ({"count"}, PUBLIC),
    "interchange/datasets.py": ({"count", "sum"}, PUBLIC),
    "passport/door_pages.py": ({"Count", "Sum", "aggregate"}, DOORS),
    "passport/panels_doors.py": ({"count"}, THINGS),
    "passport/views/devices.py": ({"Count"}, THINGS),
    "passport/own_places.py": ({"count"}, PUBLIC),
}


def faces():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            parts = path.relative_to(ROOT / app).parts
            if not INSIDE & {*parts} and not parts[0].startswith("demo"):
                yield path
    for app in ("api", "interchange", "portal"):
        for path in sorted((ROOT / app).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if any(f"maillage.{app}" in text for app in APPS):
                yield path


def added_up(source):
    """Names of what adds up in a module, with its line."""
    tree = ast.parse(source)
    orm = taken(tree, "django.db.models")
    asks = taken(tree, "maillage.core.disclosure")  # ``mean("age")`` asks the gate
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name):
            name, is_asked = called.id, called.id in (PLAIN - asks) | (ORM & orm)
        elif isinstance(called, ast.Attribute) and not is_gate(called):
            name = called.attr
            of_rows = name == "aggregate" or (name == "count" and not node.args)
            is_asked = of_rows or name in ORM | PLAIN
        else:
            continue
        if is_asked:
            yield name, node.lineno


def taken(tree, module):
    """Names that a module imports from another."""
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }


def is_gate(called):
    """``disclosure.count()`` asks the gate."""
    return (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id == "disclosure"
    )


@pytest.mark.parametrize(
    "path", [*faces()], ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_face_adds_up_what_skipped_the_gate(path):
    source = path.read_text(encoding="utf-8")
    allowed, _why = ALLOWED.get(str(path.relative_to(ROOT)), (set(), ""))
    found = [
        f"{path.name}:{line} {name}"
        for name, line in added_up(source)
        if name not in allowed
    ]

    assert found == []


def test_what_is_allowed_is_still_needed():
    idle = {
        file: names
        for file, (names, _why) in ALLOWED.items()
        if not (ROOT / file).exists()
        or names
        - {name for name, _ in added_up((ROOT / file).read_text(encoding="utf-8"))}
    }

    assert idle == {}


def test_the_check_sees_what_it_is_for():
    source = (
        "from django.db.models import Count\n"
        "def page(request):\n"
        "    rows = Answer.objects.values('territory').annotate(n=Count('pk'))\n"
        "    rows.aggregate(models.Sum('value'))\n"
        "    return sum(row.value for row in rows) / rows.count()\n"
    )

    assert sorted(name for name, _ in added_up(source)) == [
        *("Count", "Sum", "aggregate", "count", "sum"),
    ]


GATE = {"disclosure_release.py"}


@pytest.mark.parametrize(
    "path",
    [p for p in sorted(ROOT.rglob("*.py")) if "core/disclosure" in p.read_text("utf-8")
     or "core.disclosure" in p.read_text("utf-8")],
    ids=lambda path: str(path.relative_to(ROOT)),
)  # fmt: skip
def test_figures_are_made_and_opened_by_the_gate_only(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = taken(tree, "maillage.core.disclosure")
    built = [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) == "Figure"
    ]

    assert not [name for name in names if name.startswith("_")]
    assert path.name in GATE or not built


def test_only_the_gate_and_its_benchmark_call_the_kernel():
    callers = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if "kernels" not in path.parts
        and "secrecy.protect" in path.read_text(encoding="utf-8")
    }

    assert callers == {"core/disclosure_cells.py"}
