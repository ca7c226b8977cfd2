"""What must be so before the settings are read: loaded by ``-p`` in pyproject.toml.

A test run has its own folder for files and takes nothing from the environment but
the choice of the database.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

KEPT = ("MAILLAGE_DB", "MAILLAGE_CHROMIUM")

for name in [name for name in os.environ if name.startswith("MAILLAGE_")]:
    if not name.startswith(KEPT):
        del os.environ[name]

VAR = Path(tempfile.mkdtemp(prefix="maillage-tests-"))
(VAR / "static").mkdir()
atexit.register(shutil.rmtree, VAR, ignore_errors=True)
os.environ["MAILLAGE_VAR"] = str(VAR)
