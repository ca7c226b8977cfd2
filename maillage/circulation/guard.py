"""The guard against double booking, in the database itself.

PostgreSQL has an exclusion constraint; SQLite gets triggers that say the same. Whatever
writes (a page, a command, another program), two holds of one copy never share a day.
SQLite drops the triggers of a table that a migration rebuilds: such a migration calls
``install`` again, and a test asks the database whether the guard stands.
"""

from typing import Any

NAME = "hold_excludes_double_booking"
POSTGRESQL = f"""
ALTER TABLE circulation_hold ADD CONSTRAINT {NAME}
EXCLUDE USING gist (copy_id WITH =, daterange(starts_on, ends_on, '[)') WITH &&)
"""
OVERLAP = """
SELECT RAISE(ABORT, '{name}') WHERE EXISTS (
    SELECT 1 FROM circulation_hold
    WHERE copy_id = NEW.copy_id {other}
      AND starts_on < NEW.ends_on AND ends_on > NEW.starts_on
);
"""
SQLITE = {
    f"{NAME}_insert": "BEFORE INSERT ON circulation_hold",
    f"{NAME}_update": (
        "BEFORE UPDATE OF copy_id, starts_on, ends_on ON circulation_hold"
    ),
}


def install(apps: Any, schema_editor: Any) -> None:
    """Put the guard on the table of holds; for a migration, on either database."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
        return
    for name, when in SQLITE.items():
        other = "AND id <> NEW.id" if "UPDATE" in when else ""
        body = OVERLAP.format(name=NAME, other=other)
        schema_editor.execute(f"CREATE TRIGGER {name} {when} BEGIN {body} END")


def remove(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"ALTER TABLE circulation_hold DROP CONSTRAINT {NAME}")
        return
    for name in SQLITE:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")


def stands(connection: Any) -> bool:
    """Whether the guard is on the table."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT count(*) FROM pg_constraint WHERE conname = %s", [NAME]
            )
            return bool(cursor.fetchone()[0] == 1)
        cursor.execute(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE %s",
            [f"{NAME}%"],
        )
        return bool(cursor.fetchone()[0] == len(SQLITE))
