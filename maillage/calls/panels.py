"""What calls shows on the pages of other apps; each part has its own ``MAKERS``."""

from importlib import import_module
from importlib.util import find_spec

from maillage.core.panels import register

PARTS = ("calls", "applications", "reviews", "grants", "programmes")
for part in PARTS:
    if find_spec(f"maillage.calls.panels_{part}"):
        for spot, maker in import_module(f"maillage.calls.panels_{part}").MAKERS:
            register(spot, maker)
