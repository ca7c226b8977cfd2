"""The page of one structure, the page of one place."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maillage.accounts.http import Request
from maillage.core import vocab
from maillage.core.http import page
from maillage.core.listing import Query, find
from maillage.core.lists import Card, cards
from maillage.core.slugs import moved_to
from maillage.directory.access import answered
from maillage.directory.models import Claim, Place, Structure

OPENSTREETMAP = (
    "https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=17/{lat}/{lon}"
)
NEAR_KM = 15.0
SHOWN = 4
LENT = 8
AROUND = ("place", "structure")
MANY = 60  # places of one structure on its page


@login_not_required
@require_safe
def structure_detail(request: Request, slug: str) -> HttpResponse:
    """One structure: who it is, what it can do, where, what it lends."""
    rows = Structure.objects.all().visible_to(request.user)
    structure = rows.select_related(*Structure.entry_related).filter(slug=slug).first()
    if structure is None:
        return moved(request, Structure, slug)
    places = structure.places.all().visible_to(request.user).select_related("commune")
    lent = find(Query(kinds=("resource",), filters={"owner": (structure.slug,)}))
    return page(
        request,
        "directory/structure_detail.html",
        {
            "thing": structure,
            "siret": grouped(structure.siret),
            "is_approximate": structure.lon is None,
            "family": None,
            "motif": motif_of(structure),
            "may_manage": manages(request, structure),
            "chain": chain(structure),
            "skills": skills(structure),
            "places": list(places.order_by("name", "pk")[:MANY]),
            "lent": cards(lent.page(1, LENT)),
            "lent_total": lent.total,
            **common(request, structure),
        },
    )


@login_not_required
@require_safe
def place_detail(request: Request, slug: str) -> HttpResponse:
    """One place: what it is, when it opens, how to get in, what it can host."""
    rows = Place.objects.all().visible_to(request.user)
    place = rows.select_related(*Place.entry_related).filter(slug=slug).first()
    if place is None:
        return moved(request, Place, slug)
    term = vocab.terms("place_families").get(place.family)
    owner = place.structure
    return page(
        request,
        "directory/place_detail.html",
        {
            "thing": place,
            "family": term,
            "motif": motif_of(place),
            "may_manage": False,
            "is_approximate": place.is_position_of_commune,
            "owner": owner if owner and shows(request, owner) else None,
            "access": list(answered(place.access)),
            "hosting": hosting(place),
            **common(request, place),
        },
    )


def manages(request: Request, structure: Structure) -> bool:
    rows = Structure.objects.all().managed_by(request.user)
    return bool(rows.filter(pk=structure.pk).exists())


def motif_of(thing: Any) -> str:
    """The drawing that stands where a thing has no picture, as on its card."""
    term = vocab.terms(thing.category_vocabulary).get(thing.category)
    return (term.family if term else "") or "reseau"


def shows(request: Request, structure: Structure) -> bool:
    """The person may see the structure; costs nothing for a published one."""
    rows = Structure.objects.all().visible_to(request.user)
    return structure.is_public or rows.filter(pk=structure.pk).exists()


def moved(request: Request, model: Any, slug: str) -> HttpResponse:
    """Send on to where a renamed or merged thing is now, or say that nothing is here."""
    thing = moved_to(model, slug)
    if thing and model.objects.all().visible_to(request.user).filter(pk=thing.pk):
        return HttpResponsePermanentRedirect(thing.get_absolute_url())
    raise Http404


def common(request: Request, thing: Any) -> dict[str, Any]:
    """What both pages show: themes, neighbours, what the person may do."""
    mine = type(thing).objects.all().editable_by(request.user)
    lon, lat = (f"{degree:.6f}" for degree in thing.position or (0.0, 0.0))
    titles = [
        (_("Thèmes"), "theme", "themes"),
        (_("Publics"), "audience", "audiences"),
    ]
    owner = thing if isinstance(thing, Structure) else thing.structure
    claims = Claim.objects.all().waiting().made_by(request.user)
    return {
        "list_url": reverse(f"directory:{thing.code}_list"),
        "edit_url": reverse(f"directory:{thing.code}_edit", args=[thing.slug]),
        "canonical": f"{settings.SITE_URL}{thing.get_absolute_url()}",
        "lon": lon,
        "lat": lat,
        "osm_url": OPENSTREETMAP.format(lon=lon, lat=lat),
        "website_label": urlsplit(thing.website).netloc.removeprefix("www."),
        "phone_link": thing.phone.replace(" ", ""),
        "subjects": named_terms(thing, titles),
        "side_terms": named_terms(thing, [(_("Réseaux"), "network", "networks")]),
        "missing": missing(thing),
        "source_label": source_label(thing),
        "nearby": nearby(thing),
        "may_edit": mine.filter(pk=thing.pk).exists(),
        "claim_waits": claims.filter(structure=owner).exists() if owner else False,
    }


def missing(thing: Any) -> list[str]:
    """What a visitor would look for and nobody has written yet."""
    contact = thing.website or thing.phone or thing.email
    wanted = [(_("une description"), thing.description), (_("un contact"), contact)]
    if isinstance(thing, Place):
        wanted += [
            (_("les horaires"), thing.opening),
            (_("l’accessibilité"), thing.access),
            (_("l’accueil d’expositions"), thing.can_host is not None),
        ]
    return [*(label for label, value in wanted if not value)]


def source_label(thing: Any) -> str:
    """Where the first version comes from, as people read it."""
    if thing.source == settings.REGION:
        return _("données de départ de la région")
    return str(thing.source)


def named_terms(
    thing: Any, titles: list[tuple[str, str, str]]
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Title, name of the filter and terms of the fields that have some."""
    return [
        (title, param, terms)
        for title, param, name in titles
        if (terms := labelled(thing, name))
    ]


def labelled(thing: Any, name: str) -> list[tuple[str, str]]:
    """Slug and label of each term that a thing has in one field."""
    field = thing._meta.get_field(name)
    return [(s, vocab.label(field.vocabulary, s)) for s in getattr(thing, name)]


def nearby(thing: Any) -> list[Card]:
    """Published places and structures around, the nearest first; not itself."""
    if thing.position is None:
        return []
    found = find(Query(kinds=AROUND, near=thing.position, within_km=NEAR_KM))
    around = [
        entry
        for entry in found.page(1, SHOWN + 1)
        if (entry.kind, entry.object_id) != (thing.code, thing.pk)
    ]
    return cards(around[:SHOWN])


def chain(structure: Structure) -> list[dict[str, Any]]:
    """The chain of conception, from watch to coordination, and the links covered."""
    roles = vocab.terms("chain_roles").values()
    return [
        {"term": term, "is_covered": term.slug in structure.chain_roles}
        for term in roles
    ]


def skills(structure: Structure) -> list[tuple[str, str, list[tuple[str, str]]]]:
    titles = [
        (_("Outils de production"), "production_tool", "production_tools"),
        (_("Savoir-faire"), "know_how", "know_how"),
    ]
    return named_terms(structure, titles)


def hosting(place: Place) -> list[dict[str, str]]:
    """What a lender asks before sending an exhibition; only what is known."""
    answers = {True: _("oui"), False: _("non"), None: ""}
    staff = "" if place.host_staff is None else str(place.host_staff)
    facts = [
        (_("Surface disponible"), measured(place.host_surface_m2, "m²")),
        (_("Hauteur sous plafond"), measured(place.host_height_cm, "cm")),
        (_("Porte la plus étroite"), measured(place.host_door_width_cm, "cm")),
        (_("Électricité"), vocab.label("power", place.host_power)),
        (_("Personnes pour aider au montage"), staff),
        (_("De plain-pied ou avec monte-charge"), answers[place.host_is_level]),
        (_("Salle surveillée ou fermée à clé"), answers[place.host_is_secured]),
    ]
    return [{"label": label, "value": value} for label, value in facts if value]


def grouped(siret: str) -> str:
    """A SIRET as people read it: 130 025 265 00013."""
    return " ".join((siret[:3], siret[3:6], siret[6:9], siret[9:])).strip()


def measured(value: int | None, unit: str) -> str:
    return "" if value is None else f"{value}\u00a0{unit}"
