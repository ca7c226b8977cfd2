"""One of each thing of the pass, for the table of addresses and roles."""

from django.utils import timezone

from maillage.passport.services.issuing import Wish, issue_class
from tests.factories.passport import BenefitFactory, OfferFactory, PassFactory


def hold():
    """Arguments of the addresses: a pass that nobody's account holds, and a class."""
    holder = PassFactory()
    offer = OfferFactory(school=True)
    batch = issue_class(offer, number=2, wish=Wish(), by=None, now=timezone.now())
    secret, issuer = [holder.secret], [holder.offer.issuer.pk]
    verbs = (
        "detail",
        "card",
        "manifest",
        "data",
        "edit",
        "reissue",
        "erase",
        "wallet",
        "visits",
    )
    return {
        **{f"pass_{name}": secret for name in verbs},
        **{f"pass_{name}": secret for name in ("trails", "stamp")},
        **{f"stamps_{name}": secret for name in ("keep", "forget")},
        "pass_diploma": [holder.secret, "savants"],
        "stamp_export": ["csv"],
        **{f"batch_{name}": [batch.secret] for name in ("detail", "sheet", "close")},
        "pass_new": [offer.pk],
        "pass_revoke": [holder.pk],
        "issued_export": ["csv"],
        "figures_export": ["ods"],
        "figures_place": ["palais"],
        "figures_place_days": ["palais", "csv"],
        "figures_place_who": ["palais", "xlsx"],
        "issuer_detail": issuer,
        "issuer_state": issuer,
        "key_rotate": issuer,
        "key_revoke": [holder.key.pk],
        "pass_season_edit": [holder.offer.season.slug],
        "offer_new": [holder.offer.season.slug],
        "offer_edit": [holder.offer.pk],
    }


def give(place):
    """Arguments of the addresses of what a place gives."""
    benefit = BenefitFactory(place=place)
    return {
        "benefit_place": [place.slug],
        "benefit_new": [place.slug],
        "benefit_edit": [place.slug, benefit.pk],
        "benefit_state": [place.slug, benefit.pk],
        "benefit_export": ["csv"],
    }
