"""Boards and indicators over 200 indicators × 4,000 territories × 20 years.

Sixteen million observations: made once by the database itself in var/bench (some minutes,
two to four gigabytes), then the pages that read them, as anybody sees them.
"""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from benchmarks import figures
from benchmarks.harness import Page, Timing, measure, report
from maillage.observatory.choices import Aggregation, IndicatorState, Level
from maillage.observatory.models import Indicator, Observation
from maillage.observatory.services.perimeters import whole_region
from maillage.territories.models import Commune, Department, Epci
from maillage.territories.services import load_territories

INDICATORS, YEARS = 200, 20
FAMILIES = 10
FIRST_YEAR = 2005
LAST = FIRST_YEAR + YEARS - 1
P95_MS = 80
RUNS = 60
CODE = "bench-{:03d}"
COLUMNS = (
    "indicator_id, level, code, period, vintage, value, status, hidden, is_aggregated, "
    "is_current, note"
)


def add_options(group: Any) -> None:
    group.add_argument(
        "--indicators", type=int, default=INDICATORS, help="dashboards: how many"
    )


def made_up(count: int) -> None:
    """Indicators of ten families, half of them rates; figures of every territory."""
    last = max(territories())  # the one that is filled at the end
    known = Observation.objects.all().at(*last)
    if known.filter(indicator__code=CODE.format(count - 1)).exists():
        return
    Indicator.objects.filter(code__startswith="bench-").delete()
    now = timezone.now()
    Indicator.objects.bulk_create(
        Indicator(
            code=CODE.format(n),
            name=f"Mesure {n}",
            unit="pour 1 000 hab." if n % 2 else "unités",
            decimals=n % 3,
            family=f"Famille {n % FAMILIES}",
            method="Mesure",
            source_name="Mesure",
            aggregation=Aggregation.RATE if n % 2 else Aggregation.SUM,
            weight_name="habitants" if n % 2 else "",
            rank=n if n < 12 else None,
            state=IndicatorState.PUBLISHED,
            changed_at=now,
        )
        for n in range(count)
    )
    with connection.schema_editor() as editor:  # made in one go, afterwards
        editor.remove_constraint(Observation, once())
    with transaction.atomic():
        for n, place in enumerate(sorted(territories())):
            fill(n, place)
    with connection.schema_editor() as editor:
        editor.add_constraint(Observation, once())
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE"
        )


def once() -> models.BaseConstraint:
    """The constraint whose index would be filled in no order at all."""
    return next(
        one for one in Observation._meta.constraints
        if one.name == "observation_is_current_once"
    )  # fmt: skip


def territories() -> list[tuple[str, str]]:
    own = whole_region()
    found = [
        (str(Level.COMMUNE), code)
        for code in Commune.objects.values_list("pk", flat=True)
    ]
    found += [
        (str(Level.EPCI), code) for code in Epci.objects.values_list("pk", flat=True)
    ]
    found += [
        (str(Level.DEPARTMENT), code)
        for code in Department.objects.values_list("pk", flat=True)
    ]
    return [*found, (own.level, own.code)]


#: One statement a territory: the database makes the figures up, ten times as fast as we.
#: ``mix`` looks drawn at random and is the same in every run; figures are skewed.
FILL = """
WITH RECURSIVE years(year) AS (
  SELECT {first} UNION ALL SELECT year + 1 FROM years WHERE year < {last}
), drawn AS (
  SELECT i.id AS indicator, y.year AS year,
    (i.id * 7919 + y.year * 104729 + {rank} * 15485863) % 10007 AS mix
  FROM {indicator} i, years y WHERE i.code LIKE 'bench-%'
)
INSERT INTO {observation} ({columns})
SELECT indicator, '{level}', '{code}', CAST(year AS {text}), '2026-01-01',
  round(1 + 0.0002 * (mix % 997) * (mix % 1009), 2), 'final',
  CASE WHEN mix % 50 = 0 THEN 'few' ELSE '' END, {added}, {true}, ''
FROM drawn ORDER BY indicator, year
"""


def fill(rank: int, place: tuple[str, str]) -> None:
    """Twenty years of every indicator, in the order of the index; 2 % are secret."""
    level, code = place
    is_postgresql = connection.vendor == "postgresql"
    yes, no = ("true", "false") if is_postgresql else ("1", "0")
    statement = FILL.format(
        first=FIRST_YEAR, last=LAST, rank=rank, level=level, code=code,
        columns=COLUMNS, indicator=Indicator._meta.db_table,
        observation=Observation._meta.db_table,
        text="varchar" if is_postgresql else "text",
        added=yes if level != Level.COMMUNE else no, true=yes,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(statement)


def pages() -> list[str]:
    communes = list(Commune.objects.all().largest_first().values_list("pk", flat=True))
    middle = communes[len(communes) // 2]
    epci = Epci.objects.order_by("pk").values_list("pk", flat=True)[10]
    family = "?famille=Famille%203"
    return [
        reverse("observatory:home"),
        board(Level.COMMUNE, communes[0]),
        board(Level.COMMUNE, middle) + family,
        board(Level.EPCI, epci) + family,
        board(Level.REGION, whole_region().code) + family,
        reverse("observatory:indicator_list"),
        reverse("observatory:indicator_detail", args=[CODE.format(1)]),
        detail(1, level=Level.COMMUNE),
        reverse("observatory:indicator_map", args=[CODE.format(1)])
        + f"?periode={LAST}",
    ]


def detail(number: int, *, level: str) -> str:
    url = reverse("observatory:indicator_detail", args=[CODE.format(number)])
    return f"{url}?niveau={level}"


def board(level: str, code: str) -> str:
    return reverse("observatory:territory_detail", args=[level, code])


def table(timings: list[Timing]) -> str:
    size = f"{INDICATORS} × {len(territories())} × {YEARS}, {connection.vendor}"
    head = [size, "p50 ms", "p95 ms", "p95 of the processor", "queries"]
    rows = [
        [one.name, f"{one.p50_ms:.0f}", f"{one.p95_ms:.0f}", f"{one.cpu_p95_ms:.0f}",
         str(one.queries)]
        for one in timings
    ]  # fmt: skip
    return figures.table(head, rows)


def run(*, rows: int, json_file: Path | None, options: dict[str, Any]) -> None:
    call_command("migrate", interactive=False, verbosity=0)
    if not Commune.objects.exists():
        load_territories(settings.REGION_DATA)
    made_up(options["indicators"])
    client = Client(headers={"accept-language": "fr"})
    timings = [measure(Page(url, client=client), runs=RUNS) for url in pages()]
    report(
        f"Tableaux de bord, {Observation.objects.count()} observations",
        timings,
        json_file=json_file,
    )
    slow = [one.name for one in timings if one.p95_ms > P95_MS]
    sys.stdout.write(f"p95 over {P95_MS} ms: {', '.join(slow) or 'none'}\n")
    if options["indicators"] == INDICATORS:
        suffix = " --postgresql" if connection.vendor == "postgresql" else ""
        figures.record(f"dashboards{suffix}", table(timings))
