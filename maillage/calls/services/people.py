"""What a person who leaves has left in applications: their name goes, the words stay.

An application belongs to its structure; who wrote which answer is told to nobody else.
"""

from typing import Any

from django.db import transaction

from maillage.calls.models import Application, ApplicationAuthor, Reviewer


@transaction.atomic
def forget_person(user: Any) -> None:
    """Take a person's name off the answers that they wrote, and off invitations."""
    name = user.get_full_name()
    rows = Application.objects.all().authored_by(user)
    for row in rows.select_for_update(of=("self",)):
        for mark in row.marks.values():
            if mark.get("by") == name:
                mark["by"] = ""
        for kept in row.asides.values():
            for one in kept:
                if one.get("by") == name:
                    one["by"] = ""
        row.save(update_fields=["marks", "asides"])
    ApplicationAuthor.objects.filter(user=None, email__iexact=user.email).delete()
    # Reviews that were returned count still; nothing says whose they are.
    for reviewer in Reviewer.objects.filter(user=user.pk):
        reviewer.email, reviewer.about = f"lecteur-{reviewer.pk}@invalid", ""
        reviewer.user, reviewer.is_active = None, False
        reviewer.save(update_fields=["email", "about", "user", "is_active"])
        reviewer.structures.clear()
