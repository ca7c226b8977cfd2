"""One row as it is now, held until the commit; edits that crossed are refused."""

from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from maillage.core.errors import Refused

M = TypeVar("M", bound=models.Model)


def hold(row: M, *, version: int | None = None) -> M:
    """Lock a row and return it fresh. Refuses with ``gone`` or ``stale``.

    ``version`` is what the page showed; another one means that somebody else saved
    in between, and nothing is overwritten.
    """
    rows: Any = type(row)._default_manager
    found: M | None = rows.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if found is None:
        raise Refused("gone", _("Cela n’existe plus."))
    if version is not None and version != found.version:  # type: ignore[attr-defined]  # of rows edited so
        raise Refused(
            "stale",
            _(
                "Quelqu’un a enregistré autre chose entre-temps. Votre texte est encore "
                "dans le formulaire : ouvrez la page dans un autre onglet, comparez, "
                "puis enregistrez de nouveau."
            ),
        )
    return found


def need_desk(by: Any) -> None:
    """Refuses with ``forbidden`` whoever is not the agency."""
    if not by.is_agency:
        raise Refused("forbidden", _("Seule l’agence peut faire cela."))
