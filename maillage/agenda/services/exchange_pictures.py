"""Pictures that another agenda shows: taken one by one, by a person who may.

A page never shows a picture from another site. What is taken is fetched as safely as
the agenda itself, decoded and encoded anew as what people send, and named to its source.
"""

import datetime as dt
import io
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.agenda.models import Event, Feed, Remote
from maillage.agenda.services.exchange_fetch import fetch
from maillage.core.entries import refresh_entries
from maillage.core.errors import Refused
from maillage.core.uploads import PICTURE_BYTES, clean_picture
from maillage.core.values import remember

MOST = 50


def pictures_to_take(feed: Feed) -> list[Remote]:
    """Events of a feed that have a picture there and none here."""
    rows = feed.remotes.filter(
        current__picture__startswith="http", event__picture=""
    ).select_related("event")
    return list(rows.order_by("event__first_on", "pk")[:MOST])


def take_picture(remote: Remote, *, by: Any, now: dt.datetime) -> Event:
    """Fetch the picture of an event and make it ours.

    Refuses with ``forbidden``, ``none``, ``there``, ``no_picture`` and as ``fetch``.
    """
    rows = Event.objects.all().editable_by(by)
    if not rows.filter(pk=remote.event_id).exists():
        raise Refused("forbidden", _("Cet événement n’est pas le vôtre."))
    url, credit = (str(remote.current.get(name, "")) for name in ("picture", "credit"))
    if not url:
        raise Refused("none", _("L’agenda d’origine n’a pas d’image."))
    data = fetch(url, most=PICTURE_BYTES)  # not within a transaction
    try:
        file = clean_picture(io.BytesIO(data))
    except ValidationError as error:
        raise Refused("no_picture", " ".join(error.messages)) from error
    with transaction.atomic():
        locked = Event.objects.select_for_update(of=("self",))
        event: Event = locked.get(pk=remote.event_id)
        if event.picture:
            raise Refused("there", _("L’événement a déjà une image."))
        event.picture.save(str(file.name), file, save=False)
        event.picture_credit = (credit or remote.feed.name)[:200]
        event.version += 1
        remember(event, by=by, why=_("image de l’agenda suivi"))
        event.save()
        refresh_entries([event])
    return event
