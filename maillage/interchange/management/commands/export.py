from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from maillage.interchange.datasets import DATASETS
from maillage.interchange.files import write_file


class Command(BaseCommand):
    help = "Write a dataset of published rows into a file, as /donnees/ offers it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=sorted(DATASETS), help="the dataset")
        parser.add_argument("file", type=Path, help="the file to write")
        parser.add_argument(
            "--format",
            choices=("csv", "xlsx", "ods", "geojson"),
            help="by default, the ending of the file's name",
        )

    def handle(self, *, kind: str, file: Path, **options: Any) -> None:
        dataset = DATASETS[kind]
        form = options["format"] or file.suffix.removeprefix(".").lower()
        if form not in dataset.formats:
            raise CommandError(
                f"{kind}: choose --format {' or '.join(dataset.formats)}"
            )
        write_file(file, dataset, dataset.things(None), form=form)
        self.stdout.write(f"{dataset.count()} rows in {file}")
