from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.text import slugify

from maillage.territories import fetching


class Command(BaseCommand):
    help = (
        "Build the data folder of a region from its INSEE code (53: Bretagne). "
        "Files written by hand are kept; the others are written anew."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("code", help="INSEE code of the region, two digits")
        parser.add_argument("--out", type=Path, help="folder; default: maillage/data/…")
        parser.add_argument(
            "--cache",
            type=Path,
            default=settings.VAR / "region-sources",
            help="folder where fetched packages are kept",
        )

    def handle(
        self, *, code: str, out: Path | None, cache: Path, **options: Any
    ) -> None:
        if find_spec("shapely") is None:
            raise CommandError("shapely is missing: pip install 'maillage[region]'")
        # Imported here by name: shapely is an optional package.
        building = import_module("maillage.territories.building")
        self.stdout.write(f"paquets ({cache})")
        try:
            sources = fetching.fetch(cache)
            name = building.region_name(code, sources=sources)
            folder = out or settings.BASE / "data" / slugify(name)
            built = building.build_region(
                code, sources=sources, folder=folder, say=self.stdout.write
            )
        except fetching.FetchError as broken:
            raise CommandError(str(broken)) from None
        except building.UnknownRegionError:
            raise CommandError(f"no region has the INSEE code {code}") from None
        for what, count in built.counts.items():
            self.stdout.write(f"  {count:6} {what}")
        if built.without_outline:
            self.stdout.write(f"without outline: {', '.join(built.without_outline)}")
        if built.kept:
            self.stdout.write(f"kept as they were: {', '.join(built.kept)}")
        self.stdout.write(f"{name}: {built.folder}")
