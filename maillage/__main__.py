"""The one entry for operators: ``python -m maillage COMMAND``."""

import os
import sys
from pathlib import Path

try:
    from django.core.management import execute_from_command_line

    from maillage.core.translations import compile_messages
except ModuleNotFoundError as lost:
    sys.exit(
        f"« {lost.name} » n’est pas installé pour {sys.executable}.\n"
        "Lancez d’abord « make setup », puis « .venv/bin/python -m maillage »."
    )


ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillage.settings")
    if "--with-worker" in sys.argv:
        # Tasks are then handed over to the worker; the settings ask for it.
        os.environ.setdefault("MAILLAGE_WORKER", "yes")
    if sys.argv[1:2] == ["bench"]:
        # A benchmark fills a database of its own.
        os.environ.setdefault("MAILLAGE_VAR", str(ROOT / "var/bench"))
    # First of all: Django keeps the catalogue that it finds when it starts to speak.
    compile_messages()
    # Django shows the program's name in its help.
    sys.argv[0] = "maillage"
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
