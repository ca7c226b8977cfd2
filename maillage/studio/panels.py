"""What the studio shows on the pages of other apps; each part has its own ``MAKERS``."""

from importlib import import_module
from importlib.util import find_spec

from maillage.core.panels import register

PARTS = ("evaluation", "rounds", "assessment", "projects")
for part in PARTS:
    if find_spec(f"maillage.studio.panels_{part}"):
        for spot, maker in import_module(f"maillage.studio.panels_{part}").MAKERS:
            register(spot, maker)
