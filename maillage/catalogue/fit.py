"""« Est-ce que ça entre chez moi ? »: a technical sheet against a room."""

import re
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _, ngettext, pgettext

from maillage.catalogue.models import Resource
from maillage.catalogue.sheet import largest_crate, metres, people, unit
from maillage.core import vocab
from maillage.directory.models import Room

#: What is carried by hand, up the stairs, by two people.
HAND_KG = 25
#: Kinds of current, the stronger after the weaker.
POWER = [
    "none",
    "battery",
    "socket",
    "several_sockets",
    "single_32a",
    "three_phase_32a",
    "three_phase_63a",
]


class Fit(StrEnum):
    OK = "ok"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class FitLine:
    """One need of a resource, and whether a place meets it."""

    fit: Fit
    label: str
    text: str


def check_fit(resource: Resource, place: Room) -> list[FitLine]:
    """Compare what a resource needs with what a place offers, need by need.

    A need that the resource does not have gives no line; what one of both does not
    say is ``unknown``, with whom to ask.
    """
    lines = [
        check_hosting(place),
        check_surface(resource, place),
        check_height(resource, place),
        check_door(resource, place),
        check_power(resource, place),
        check_people(resource, place),
        check_level(resource, place),
    ]
    return [line for line in lines if line]


def verdict(lines: list[FitLine]) -> Fit:
    """The worst of all lines."""
    found = {line.fit for line in lines}
    if Fit.NO in found:
        return Fit.NO
    return Fit.UNKNOWN if Fit.UNKNOWN in found or not found else Fit.OK


def check_hosting(place: Room) -> FitLine | None:
    if place.declines_loans:
        return FitLine(
            Fit.NO,
            pgettext("une exposition", "Accueil"),
            _("Ce lieu dit ne pas accueillir d’exposition itinérante."),
        )
    return None


def check_size(
    need: int | None, offer: int | None, *, label: str, show: dict[str, str]
) -> FitLine | None:
    """One number against another; ``show`` holds both as people read them."""
    if not need:
        return None
    if offer is None:
        text = _("Il faut %(need)s ; le lieu ne dit pas ce qu’il offre.") % show
        return FitLine(Fit.UNKNOWN, label, text)
    if offer >= need:
        text = _("Il faut %(need)s, le lieu offre %(offer)s.") % show
        return FitLine(Fit.OK, label, text)
    text = _("Il faut %(need)s, le lieu n’offre que %(offer)s.") % show
    return FitLine(Fit.NO, label, text)


def check_surface(resource: Resource, place: Room) -> FitLine | None:
    need, offer = resource.surface_m2, place.host_surface_m2
    show = {"need": unit(need, "m²"), "offer": unit(offer, "m²")}
    return check_size(need, offer, label=_("Surface"), show=show)


def check_height(resource: Resource, place: Room) -> FitLine | None:
    need, offer = resource.height_cm, place.host_height_cm
    show = {"need": metres(need), "offer": metres(offer)}
    return check_size(need, offer, label=_("Hauteur"), show=show)


def check_door(resource: Resource, place: Room) -> FitLine | None:
    """The largest crate passes by its smallest side, if need be on edge."""
    sides = sorted(int(side) for side in re.findall(r"\d+", resource.largest_crate))
    if not sides:
        return None
    label, width = _("Porte"), place.host_door_width_cm
    show = {
        "crate": largest_crate(resource),
        "side": unit(sides[0], "cm"),
        "door": unit(width, "cm"),
    }
    if width is None:
        text = _(
            "La plus grande caisse mesure %(crate)s ; le lieu ne dit pas la largeur "
            "de sa porte."
        )
        return FitLine(Fit.UNKNOWN, label, text % show)
    if width < sides[0]:
        text = _(
            "La plus grande caisse mesure %(crate)s : elle ne passe pas une porte de "
            "%(door)s."
        )
        return FitLine(Fit.NO, label, text % show)
    if len(sides) > 1 and width < sides[-2]:
        text = _(
            "La plus grande caisse mesure %(crate)s : elle passe une porte de "
            "%(door)s de chant, par son côté de %(side)s."
        )
    else:
        text = _(
            "La plus grande caisse mesure %(crate)s : elle passe une porte de %(door)s."
        )
    return FitLine(Fit.OK, label, text % show)


def check_power(resource: Resource, place: Room) -> FitLine | None:
    if resource.power not in POWER:
        return None
    label, need = _("Électricité"), POWER.index(resource.power)
    if need < POWER.index("socket"):
        return FitLine(Fit.OK, label, _("Aucune prise n’est nécessaire."))
    show = {
        "need": vocab.label("power", resource.power),
        "offer": vocab.label("power", place.host_power),
    }
    if place.host_power not in POWER:
        text = _("Il faut : %(need)s ; le lieu ne dit pas ce qu’il offre.")
        return FitLine(Fit.UNKNOWN, label, text % show)
    offer = POWER.index(place.host_power)
    if offer < need:
        text = _("Il faut : %(need)s ; le lieu n’offre que : %(offer)s.")
        return FitLine(Fit.NO, label, text % show)
    if resource.power == "single_32a" and offer > need:
        text = _("Il faut : %(need)s ; le lieu offre : %(offer)s. Voyez l’adaptateur.")
        return FitLine(Fit.UNKNOWN, label, text % show)
    text = _("Il faut : %(need)s ; le lieu offre : %(offer)s.")
    return FitLine(Fit.OK, label, text % show)


def check_people(resource: Resource, place: Room) -> FitLine | None:
    need, offer = resource.setup_people, place.host_staff
    line = check_size(
        need,
        offer,
        label=_("Équipe de montage"),
        show={"need": people(need), "offer": people(offer)},
    )
    if line and line.fit == Fit.NO:
        missing = (need or 0) - (offer or 0)
        more = ngettext(
            "Trouvez %(n)s personne de plus.",
            "Trouvez %(n)s personnes de plus.",
            missing,
        )
        text = f"{line.text} {more % {'n': missing}}"
        return FitLine(line.fit, line.label, text)
    return line


def check_level(resource: Resource, place: Room) -> FitLine | None:
    """Heavy crates want no stairs."""
    weight = resource.weight_kg or 0
    if not weight:
        return None
    label, show = _("Accès"), {"weight": unit(weight, "kg")}
    if weight <= HAND_KG:
        text = _("%(weight)s : cela se porte à la main.")
        return FitLine(Fit.OK, label, text % show)
    if place.host_is_level is None:
        text = _("%(weight)s à porter ; le lieu ne dit pas s’il a des marches.")
        return FitLine(Fit.UNKNOWN, label, text % show)
    if place.host_is_level:
        text = _("%(weight)s, et le lieu est de plain-pied ou a un monte-charge.")
        return FitLine(Fit.OK, label, text % show)
    text = _("%(weight)s à monter par des marches, sans monte-charge.")
    return FitLine(Fit.NO, label, text % show)
