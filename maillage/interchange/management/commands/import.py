from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from maillage.core.errors import Refused
from maillage.core.intake.applying import apply_plan
from maillage.core.intake.files import read_path
from maillage.core.intake.planning import Plan, make_plan
from maillage.core.intake.schemas import OWN
from maillage.interchange.layouts import LAYOUTS, SCHEMAS

SHOWN = 50


def existing_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise ArgumentTypeError(f"{text} is not a file")
    return path


class Command(BaseCommand):
    help = "Import structures, places or resources from a CSV, XLSX or ODS file. Tries only, unless --commit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=sorted(SCHEMAS), help="what the file lists")
        parser.add_argument("file", type=existing_file, help="the file")
        parser.add_argument(
            "--source", default="", help="where the keys come from; ours by default"
        )
        parser.add_argument(
            "--mapping", choices=sorted(LAYOUTS), help="a public file that is known"
        )
        parser.add_argument(
            "--only-good", action="store_true", help="leave out the rows with errors"
        )
        parser.add_argument("--commit", action="store_true", help="write the changes")

    def handle(
        self,
        *,
        kind: str,
        file: Path,
        source: str,
        mapping: str | None,
        only_good: bool,
        commit: bool,
        **options: Any,
    ) -> None:
        layout = LAYOUTS.get(mapping or "")
        source = source or (layout.source if layout else OWN)
        with tqdm(unit=" rows", disable=options["verbosity"] < 1) as bar:

            def progress(what: str, done: int, total: int) -> None:
                bar.set_description(what, refresh=False)
                bar.total, bar.n = total, done
                bar.refresh()

            try:
                plan = make_plan(
                    read_path(file),
                    schema=SCHEMAS[kind],
                    source=source,
                    layout=layout,
                    progress=progress,
                )
                self.tell(plan)
                if commit:
                    apply_plan(
                        plan,
                        by=None,
                        now=timezone.now(),
                        only_good=only_good,
                        progress=progress,
                    )
            except Refused as no:
                raise CommandError(no.message) from None
        self.stdout.write("written" if commit else "nothing written: add --commit")

    def tell(self, plan: Plan) -> None:
        for note in plan.notes:
            self.stdout.write(note)
        for problem in plan.problems[:SHOWN]:
            grade = "error" if problem.fatal else "remark"
            where = f"line {problem.line}, column {problem.column} {problem.header}"
            self.stdout.write(f"{grade}: {where}: {problem.message}")
        if len(plan.problems) > SHOWN:
            self.stdout.write(f"… and {len(plan.problems) - SHOWN} more")
        told = ", ".join(f"{count} to {what}" for what, count in plan.counts.items())
        self.stdout.write(told)
