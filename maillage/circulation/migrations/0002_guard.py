from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

from maillage.circulation.guard import install, remove


class Migration(migrations.Migration):
    """Two holds of one copy never share a day: the database refuses."""

    dependencies = [("circulation", "0001_initial")]

    operations = [
        BtreeGistExtension(),
        migrations.RunPython(install, remove),
    ]
