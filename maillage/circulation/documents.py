"""What the agreement and the invoice of a loan say, as values for their templates.

Always in French: they are papers between two French parties. What is printed of a paper
that was made already comes from ``services/issued.py``, as it was then.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from maillage.circulation.calendars import rules_of
from maillage.circulation.models import Charge, Host, Loan
from maillage.circulation.services.letters import day, numbered, period
from maillage.core.context import region
from maillage.core.markup import plain_text
from maillage.core.money import format_cents
from maillage.core.pdf import set_pages
from maillage.directory.models import Structure

FOLDER = Path(__file__).parent / "pdf"
LONGEST = 6000


def agreement(data: Mapping[str, Any]) -> bytes:
    """An agreement as a PDF."""
    return set_pages(FOLDER / "agreement.typ", data=data)


def invoice(data: Mapping[str, Any], *, paid_on: dt.date | None) -> bytes:
    """An invoice as a PDF, with the day on which it was paid."""
    with translation.override("fr"):
        paid = (
            _("Payée le %(day)s") % {"day": numbered(paid_on, "F Y")} if paid_on else ""
        )
    return set_pages(FOLDER / "invoice.typ", data={**data, "paid": paid})


def frame(loan: Loan) -> dict[str, Any]:
    """What both papers have on top."""
    return {
        "lang": "fr",
        "site": "Maillage",
        "tagline": region()["name"],
        "badge": _("exemple") if loan.is_example else "",
    }


def agreement_data(loan: Loan) -> dict[str, Any]:
    with translation.override("fr"):
        return agreement_values(loan)


def invoice_data(loan: Loan, *, number: str, lines: Sequence[Charge]) -> dict[str, Any]:
    """What an invoice says for ever: all but the day on which it was paid."""
    with translation.override("fr"):
        return invoice_values(loan, number=number, lines=lines)


def agreement_values(loan: Loan) -> dict[str, Any]:
    resource, owner = loan.copy.resource, loan.copy.resource.owner
    clauses = plain_text(rules_of(owner).agreement_text)[:LONGEST]
    return {
        **frame(loan),
        "title": _("Convention de prêt"),
        "reference": loan.reference,
        "object": resource.name,
        "parties": [
            party(_("Le prêteur"), owner.name, address_of(owner), siret(owner)),
            party(_("L’emprunteur"), loan.host.name, address_of_host(loan.host), ""),
        ],
        "between": _("Entre"),
        "facts_title": _("Objet du prêt"),
        "facts": [list(row) for row in facts(loan) if row[1]],
        "articles": [
            {"title": title, "text": text} for title, text in articles(loan) if text
        ],
        "clauses_title": _("Clauses propres au prêteur"),
        "clauses": [line for line in clauses.split("\n") if line.strip()],
        "signatures": [
            {"who": _("Pour le prêteur"), "name": owner.name},
            {"who": _("Pour l’emprunteur"), "name": loan.host.name},
        ],
        "sign": _("Nom, qualité, date et signature"),
        "made": _("Fait en deux exemplaires."),
        "footer": _("Convention %(reference)s") % {"reference": loan.reference},
    }


def facts(loan: Loan) -> list[tuple[str, str]]:
    resource = loan.copy.resource
    address = loan.host.address or loan.host.commune.name
    return [
        (_("Ressource"), resource.name),
        (_("Exemplaire"), loan.copy.label),
        (_("Lieu d’accueil"), f"{loan.host.name}, {address}"),
        (_("Départ du dépôt"), day(loan.departs_on)),
        (_("Ouverture au public"), period(loan.starts_on, loan.ends_on)),
        (_("De nouveau libre"), day(loan.free_on)),
        (
            _("Location"),
            format_cents(loan.fee_cents) if loan.fee_cents else _("gratuit"),
        ),
        (_("Transport"), format_cents(loan.transport_cents or None)),
        (_("Caution"), format_cents(loan.deposit_cents or None)),
        (_("Valeur assurée"), format_cents(loan.insurance_value_cents or None)),
    ]


def articles(loan: Loan) -> list[tuple[str, str]]:
    """The articles, numbered by the template."""
    resource = loan.copy.resource
    value = format_cents(loan.insurance_value_cents or None)
    deposit = format_cents(loan.deposit_cents or None)
    return [
        (
            _("Objet"),
            _(
                "Le prêteur confie à l’emprunteur, pour la durée dite ci-dessus, la "
                "ressource « %(name)s », avec ses caisses et ses accessoires. Elle "
                "reste la propriété du prêteur."
            ) % {"name": resource.name},
        ),
        (
            _("Durée"),
            _(
                "Les dates ne changent qu’avec l’accord écrit des deux parties, qui "
                "peut être donné sur le site. Un retour tardif prive l’emprunteur "
                "suivant : il est signalé sans délai."
            ),
        ),
        (
            _("État des lieux"),
            _(
                "Un constat d’état est dressé par les deux parties au départ et au "
                "retour, élément par élément, avec des photos au besoin. Sans réserve "
                "écrite à l’arrivée, le bon état est présumé."
            ),
        ),
        (
            _("Assurance"),
            _(
                "L’emprunteur assure la ressource contre le vol, l’incendie, les dégâts "
                "des eaux et la casse, pour %(value)s, de son arrivée à son départ, et "
                "remet une attestation valable jusqu’au %(day)s au moins."
            ) % {"value": value, "day": day(loan.free_on)} if value else "",
        ),
        (
            _("Obligations de l’emprunteur"),
            _(
                "L’emprunteur monte et démonte la ressource selon sa notice, la présente "
                "dans un lieu fermé et surveillé, n’y change rien, ne la prête à "
                "personne d’autre, cite le prêteur dans sa communication et déclare sa "
                "fréquentation après le prêt."
            ),
        ),
        (
            _("Dommages"),
            _(
                "Toute dégradation est signalée sans délai. La réparation ou le "
                "remplacement est à la charge de l’emprunteur, sauf usure normale."
            ),
        ),
        (
            _("Caution"),
            _(
                "Une caution de %(deposit)s est remise avant le départ et rendue après "
                "le retour, une fois l’état constaté."
            ) % {"deposit": deposit} if deposit else "",
        ),
        (
            _("Annulation"),
            _(
                "Chaque partie peut annuler le prêt avant le départ, en disant pourquoi. "
                "En cas de panne, le prêteur propose un autre exemplaire ou d’autres "
                "dates."
            ),
        ),
    ]  # fmt: skip


def invoice_values(
    loan: Loan, *, number: str, lines: Sequence[Charge]
) -> dict[str, Any]:
    owner = loan.copy.resource.owner
    total = sum(line.cents for line in lines)
    on = lines[0].invoiced_on or dt.date.min
    note = region().get("invoice", {}).get("vat_note", "")
    title = _("Avoir") if total < 0 else _("Facture")
    return {
        **frame(loan),
        "title": f"{title} {number}",
        "date": _("Émise le %(day)s") % {"day": numbered(on, "F Y")},
        "parties": [
            party(_("Émise par"), owner.name, address_of(owner), siret(owner)),
            party(_("Adressée à"), loan.host.name, address_of_host(loan.host), ""),
        ],
        "object": _("Prêt %(reference)s : « %(name)s », %(period)s") % {
            "reference": loan.reference,
            "name": loan.copy.resource.name,
            "period": period(loan.starts_on, loan.ends_on),
        },
        "columns": [_("Désignation"), _("Montant")],
        "lines": [
            {
                "kind": str(line.get_kind_display()).capitalize(),
                "text": line.text,
                "amount": format_signed(line.cents),
            }
            for line in lines
        ],
        "total": [_("Total à payer"), format_signed(total)],
        "vat": note,
        "footer": f"{title} {number}",
    }  # fmt: skip


def format_signed(cents: int) -> str:
    """« −20 € » for a rebate."""
    return f"−{format_cents(-cents)}" if cents < 0 else format_cents(cents)


def party(role: str, name: str, lines: list[str], more: str) -> dict[str, Any]:
    return {"role": role, "name": name, "lines": [*lines, *([more] if more else [])]}


def siret(owner: Structure) -> str:
    return _("SIRET %(number)s") % {"number": owner.siret} if owner.siret else ""


def address_of(owner: Structure) -> list[str]:
    town = owner.commune.name if owner.commune else ""
    post = f"{owner.postcode} {town}".strip()
    return [line for line in (owner.street, post, owner.email) if line]


def address_of_host(host: Host) -> list[str]:
    town = host.commune.name
    address = host.address
    lines = [address] if town in address else [address, town]
    return [line for line in (*lines, host.contact_name) if line]
