import json
import os
import subprocess
import sys
import tarfile

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from maillage.core.backup import restore_backup, write_backup
from maillage.core.errors import Refused
from tests.factories.accounts import UserFactory

# In a process of its own, since it replaces the whole database.
JOURNEY = """
import sys
from pathlib import Path
from django.conf import settings
from django.core.management import CommandError, call_command
from maillage.accounts.models import User

call_command("migrate", verbosity=0)
archive, media = Path(sys.argv[1]), Path(settings.MEDIA_ROOT)
(media / "photos").mkdir(parents=True)
(media / "photos/a.txt").write_text("avant")
User.objects.create_user("ada@example.org", "x")
call_command("backup", archive)

User.objects.create_user("bob@example.org", "x")
(media / "photos/a.txt").write_text("après")
try:
    call_command("restore", archive)
except CommandError as no:
    print(no)
call_command("restore", archive, replace=True)

print(*User.objects.values_list("email", flat=True))
print((media / "photos/a.txt").read_text())
print((media.with_name("media.before") / "photos/a.txt").read_text())
User.objects.create_user("cleo@example.org", "x").delete()
"""


@pytest.mark.django_db(transaction=True)
def test_what_is_backed_up_comes_back(tmp_path):
    environment = {
        "MAILLAGE_VAR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "maillage.settings",
    }
    if connection.vendor == "postgresql":
        environment["MAILLAGE_DB_NAME"] = connection.settings_dict["NAME"]
    code = f"import django; django.setup()\n{JOURNEY}"

    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "site.tar.gz")],
        cwd=settings.ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "--replace" in lines[1]
    assert lines[3:] == ["ada@example.org", "avant", "après"]


@pytest.mark.django_db(transaction=True)
def test_an_archive_can_be_read_by_its_owner_only(tmp_path):
    UserFactory()

    write_backup(tmp_path / "site.tar.gz", now=timezone.now())

    assert (tmp_path / "site.tar.gz").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["site.tar.gz"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("engine", "code"), [("oracle", "other_engine"), (None, "unreadable")]
)
def test_an_archive_that_does_not_fit_changes_nothing(tmp_path, engine, code):
    file = tmp_path / "site.tar.gz"
    if engine:
        (tmp_path / "manifest.json").write_text(json.dumps({"engine": engine}))
        with tarfile.open(file, "w:gz") as archive:
            archive.add(tmp_path / "manifest.json", "manifest.json")
    else:
        file.write_bytes(b"not an archive")
    user = UserFactory()

    with pytest.raises(Refused) as no:
        restore_backup(file, replace=True)

    assert no.value.code == code
    user.refresh_from_db()
