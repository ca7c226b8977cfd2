import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

FOLDER = settings.ROOT / "benchmarks"


def names() -> list[str]:
    """Benchmarks: every module of the folder that has ``run(*, rows, json_file)``."""
    return sorted(
        path.stem
        for path in FOLDER.glob("*.py")
        if "\ndef run(" in path.read_text(encoding="utf-8") and path.stem != "harness"
    )


def with_options(known: list[str]) -> list[str]:
    """Those that ask more of the command line, by ``add_options(parser)``."""
    return [
        name
        for name in known
        if "\ndef add_options(" in (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    ]


class Command(BaseCommand):
    help = "Run what the speed claims rest on, in var/bench: the site is not touched."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="*", help="benchmarks to run; else all")
        parser.add_argument(
            "--list", action="store_true", help="only say what there is"
        )
        parser.add_argument(
            "--json",
            type=Path,
            nargs="?",
            const=Path("-"),
            help="also write the figures here; of season, alone to the terminal",
        )
        parser.add_argument(
            "--rows", type=int, default=100_000, help="places in the made-up region"
        )
        parser.add_argument(
            "--postgresql",
            action="store_true",
            help="run beside a PostgreSQL server that lives as long as the benchmark",
        )
        for each in with_options(names()):
            import_module(f"benchmarks.{each}").add_options(
                parser.add_argument_group(each)
            )

    def handle(
        self, *, name: list[str], postgresql: bool, json: Path | None, **options: Any
    ) -> None:
        known = names()
        if options["list"]:
            for each in known:
                words = (import_module(f"benchmarks.{each}").__doc__ or "").splitlines()
                self.stdout.write(f"{each:14} {words[0] if words else ''}")
            return
        if unknown := set(name) - set(known):
            raise CommandError(f"{', '.join(unknown)} ? Il y a : {', '.join(known)}.")
        if not name and str(json) in known:  # bench --json season
            name, json = [str(json)], Path("-")
        own = with_options(known)
        if json == Path("-") and not (name and set(name) <= set(own)):
            raise CommandError(f"--json sans fichier : seulement {', '.join(own)}.")
        if postgresql:
            arguments = [*name, f"--rows={options['rows']}"]
            arguments += [f"--json={json}"] if json else []
            sys.exit(beside_postgresql(arguments))
        for each in name or known:
            more = {"options": options} if each in own else {}
            import_module(f"benchmarks.{each}").run(
                rows=options["rows"], json_file=json, **more
            )


def beside_postgresql(arguments: list[str]) -> int:
    python = sys.executable
    server = [python, "-m", "scripts.with_postgres"]
    return subprocess.run(  # noqa: S603 -- our own commands
        [*server, python, "-m", "maillage", "bench", *arguments],
        cwd=settings.ROOT,
        check=False,
    ).returncode
