"""Classes that code branches on."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DensityClass(models.TextChoices):
    """How built-up a commune is, by our own rule (not the grid of INSEE)."""

    DENSE = "dense", _("urbain dense")
    INTERMEDIATE = "intermediate", _("urbain intermédiaire")
    RURAL = "rural", _("rural")
    VERY_RURAL = "very_rural", _("rural peu dense")

    @classmethod
    def of(cls, population: int, *, area_km2: float) -> "DensityClass":
        """Return the class of a commune from its inhabitants and its area.

        Dense: 1,500 inhabitants per km² and 5,000 inhabitants. Intermediate: 300
        per km² and 2,000 inhabitants, or 10,000 inhabitants. Rural: 40 per km².
        """
        density = population / area_km2 if area_km2 > 0 else 0.0
        if density >= 1500 and population >= 5000:
            return cls.DENSE
        if (density >= 300 and population >= 2000) or population >= 10_000:
            return cls.INTERMEDIATE
        return cls.RURAL if density >= 40 else cls.VERY_RURAL
