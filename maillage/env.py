"""Read settings from the environment, once, with a type and a default.

Every reader records what it was asked for in ``ASKED``, so that the settings page
of the documentation is printed from the code and cannot fall behind it.
"""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path


class BadSetting(Exception):  # noqa: N818 -- reads as a sentence in a traceback
    """A setting has a value that cannot be used; the message says what to write."""


@dataclass(frozen=True)
class Setting:
    name: str
    kind: str
    default: str
    help: str


ASKED: dict[str, Setting] = {}


def text(name: str, default: str, *, about: str) -> str:
    ASKED[name] = Setting(name, "text", default, about)
    return os.environ.get(f"MAILLAGE_{name}", default)


def words(name: str, default: str, *, about: str) -> list[str]:
    """Read a comma-separated list; blanks around and between are dropped."""
    ASKED[name] = Setting(name, "list", default, about)
    raw = os.environ.get(f"MAILLAGE_{name}", default)
    return [word.strip() for word in raw.split(",") if word.strip()]


def number(name: str, default: int, *, about: str) -> int:
    ASKED[name] = Setting(name, "number", str(default), about)
    raw = os.environ.get(f"MAILLAGE_{name}", str(default))
    try:
        return int(raw)
    except ValueError:
        raise BadSetting(f"MAILLAGE_{name}={raw!r}: write a whole number") from None


def fraction(name: str, default: float, *, about: str) -> float:
    """Read a number above 0 and below 1, with a point."""
    ASKED[name] = Setting(name, "fraction", str(default), about)
    raw = os.environ.get(f"MAILLAGE_{name}", str(default))
    try:
        found = float(raw)
    except ValueError:
        found = 0.0
    if not 0 < found < 1:
        raise BadSetting(f"MAILLAGE_{name}={raw!r}: write a number as 0.85")
    return found


def flag(name: str, default: bool, *, about: str) -> bool:
    ASKED[name] = Setting(name, "yes/no", "yes" if default else "no", about)
    match os.environ.get(f"MAILLAGE_{name}", "").lower():
        case "":
            return default
        case "yes" | "1" | "true":
            return True
        case "no" | "0" | "false":
            return False
        case other:
            raise BadSetting(f"MAILLAGE_{name}={other!r}: write yes or no")


def secret(name: str, default: str, *, about: str) -> str:
    """Read a secret, or the file that ``MAILLAGE_<name>_FILE`` points to."""
    if path := text(f"{name}_FILE", "", about=f"File that holds {name}"):
        return Path(path).read_text(encoding="utf-8").strip()
    return text(name, default, about=about)


def own_key(file: Path) -> str:
    """Return the key that this machine made for itself, made now if it has none.

    Whoever comes second, at the same moment, reads the key of the first.
    """
    if not file.exists():
        mine = file.with_name(f"{file.name}.{os.getpid()}")
        mine.touch(mode=0o600)
        mine.write_text(secrets.token_urlsafe(64), encoding="utf-8")
        with contextlib.suppress(FileExistsError):
            os.link(mine, file)
        mine.unlink()
    return file.read_text(encoding="utf-8")
