"""The shares of an income go to the catalogue, with all their rows."""

from django.db import migrations


def copy(apps, source, target):
    old, new = (apps.get_model(app, "RevenueKey") for app in (source, target))
    names = ("resource_id", "structure_id", "parts")
    new.objects.bulk_create(new(**row) for row in old.objects.values(*names))


def move(apps, schema_editor):
    copy(apps, "circulation", "catalogue")


def move_back(apps, schema_editor):
    copy(apps, "catalogue", "circulation")


class Migration(migrations.Migration):
    dependencies = [
        ("catalogue", "0002_revenue_key"),
        ("circulation", "0006_issued_papers"),
    ]

    operations = [
        migrations.RunPython(move, move_back),
        migrations.DeleteModel(name="RevenueKey"),
    ]
