"""Partners agree; then the page may be public and the shares go to the catalogue."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.catalogue.services import write_keys
from maillage.core.choices import State
from maillage.core.errors import Refused
from maillage.studio.models import JournalEntry, Partner, Project
from maillage.studio.models.projects import WHOLE
from maillage.studio.services.evaluating import structures_of
from maillage.studio.services.project_letters import tell


def pending(project: Project) -> list[Partner]:
    """Partners that have not agreed to the page, their share and their credit."""
    rows = project.partners.filter(agreed_at=None)
    return list(rows.select_related("structure"))


@transaction.atomic
def agree(partner: Partner, *, does: bool, by: User, now: dt.datetime) -> Partner:
    """A partner agrees, or no more; twice is once. Refuses with ``not_yours``."""
    project = Project.objects.select_for_update(of=("self",)).get(pk=partner.project_id)
    row = project.partners.select_related("structure").get(pk=partner.pk)
    if not structures_of(by).filter(pk=row.structure_id).exists():
        raise Refused("not_yours", _("Vous ne parlez pas pour cette structure."))
    if (row.agreed_at is not None) == does:
        return row
    row.agreed_at, row.agreed_by = (now, by) if does else (None, None)
    row.save(update_fields=["agreed_at", "agreed_by"])
    text = _("%(name)s est d’accord") if does else _("%(name)s n’est plus d’accord")
    write_line(project, text % {"name": row}, by=by, now=now)
    carry_shares(project, by=by, now=now)
    return row


def carry_shares(project: Project, *, by: User, now: dt.datetime) -> bool:
    """Give the resource the shares of its project; tells whether they changed.

    Only once every partner agrees and nothing is left to share out. What was carried
    stays until the partners agree on something else.
    """
    if project.resource is None or not may_carry(project):
        return False
    parts = wanted_keys(project)
    if keys_of(project) == parts:
        return False
    write_keys(project.resource, parts)
    text = _("Parts portées au bilan de « %(name)s »") % {"name": project.resource}
    write_line(project, text, by=by, now=now)
    return True


def may_carry(project: Project) -> bool:
    shares = project.partners.values_list("revenue_bps", "agreed_at")
    return None not in (at for _bps, at in shares) and (
        sum(bps for bps, _at in shares) == WHOLE
    )


def wanted_keys(project: Project) -> dict[int, int]:
    rows = project.partners.values_list("structure", "revenue_bps")
    return {structure: bps for structure, bps in rows if bps}


def keys_of(project: Project) -> dict[int, int]:
    """The shares that the resource has, whoever wrote them."""
    if project.resource is None:
        return {}
    return dict(project.resource.revenue_keys.values_list("structure", "parts"))


def is_carried(project: Project) -> bool:
    """Whether the accounts of the resource follow the shares of the project."""
    found = keys_of(project)
    return bool(found) and found == wanted_keys(project)


@transaction.atomic
def ask_agreement(project: Project, *, by: User, now: dt.datetime) -> int:
    """Write to partners that have not agreed; returns how many mails.

    Refuses with ``agreed``, or ``soon`` within a day of the last time.
    """
    row = Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    waiting = pending(row)
    if not waiting:
        raise Refused("agreed", _("Tous les partenaires sont d’accord."))
    if row.asked_at is not None and now - row.asked_at < dt.timedelta(1):
        raise Refused("soon", _("L’accord a déjà été demandé aujourd’hui."))
    address = settings.SITE_URL + row.get_absolute_url()
    words = _(
        "%(lead)s vous demande votre accord sur « %(title)s » : ce que dit la page "
        "publique, votre part des recettes, votre crédit.\n\n%(url)s"
    ) % {"lead": row.lead, "title": row, "url": address}
    subject = _("Votre accord est attendu : %(title)s") % {"title": row}
    sent = sum(
        tell(one.structure, subject=subject, text=words, by=by, now=now)
        for one in waiting
    )
    row.asked_at = now
    row.save(update_fields=["asked_at"])
    write_line(row, _("Accord demandé aux partenaires"), by=by, now=now)
    return sent


@transaction.atomic
def publish_project(
    project: Project, *, is_public: bool, by: User, now: dt.datetime
) -> Project:
    """Open the public page, or close it. Refuses with ``pending`` or ``hidden``."""
    row = Project.objects.select_for_update(of=("self",)).get(pk=project.pk)
    if (row.published_at is not None) == is_public:
        return row
    if is_public and (waiting := pending(row)):
        names = ", ".join(str(one) for one in waiting)
        text = _("Il manque l’accord de : %(names)s.") % {"names": names}
        raise Refused("pending", text)
    if is_public and row.lead.state != State.PUBLISHED:
        text = _("La structure qui conduit n’est pas encore publiée dans l’annuaire.")
        raise Refused("hidden", text)
    row.published_at = now if is_public else None
    row.save(update_fields=["published_at"])
    text = _("Page publique ouverte") if is_public else _("Page publique fermée")
    write_line(row, text, by=by, now=now)
    return row


def write_line(
    project: Project, text: str, *, by: User, now: dt.datetime
) -> JournalEntry:
    return JournalEntry.objects.create(
        project=project, text=text.strip()[:1000], by=by, at=now
    )
