from typing import Any

from django.db import migrations


def tell_what_was_paid(apps: Any, schema_editor: Any) -> None:
    """Passages that were there when their days were decided are of that payment."""
    settlements = apps.get_model("passport", "Settlement")
    passages = apps.get_model("passport", "CheckIn")
    for row in settlements.objects.filter(state="decided").order_by("pk"):
        passages.objects.filter(
            outcome="accepted",
            happened_on__gte=row.starts_on,
            happened_on__lt=row.ends_on,
            received_at__lte=row.decided_at,
            settlement=None,
        ).update(settlement=row)


class Migration(migrations.Migration):
    dependencies = [("passport", "0004_late_passages")]

    operations = [migrations.RunPython(tell_what_was_paid, migrations.RunPython.noop)]
