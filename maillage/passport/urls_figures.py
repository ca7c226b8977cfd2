"""Addresses of figures: of the region, of a place, of one's own pass."""

from django.urls import URLPattern, path

from maillage.passport.views import figures

urlpatterns: list[URLPattern] = [
    path("agence/passeport/chiffres/", figures.figures_region, name="figures_region"),
    path(
        "agence/passeport/chiffres.<str:form>",
        figures.figures_export,
        name="figures_export",
    ),
    path("controle/chiffres/<slug:slug>/", figures.figures_place, name="figures_place"),
    path(
        "controle/chiffres/<slug:slug>/jours.<str:form>",
        figures.figures_place_export,
        {"what": "jours"},
        name="figures_place_days",
    ),
    path(
        "controle/chiffres/<slug:slug>/publics.<str:form>",
        figures.figures_place_export,
        {"what": "publics"},
        name="figures_place_who",
    ),
    path(
        "passeport/<secret:secret>/passages/", figures.pass_visits, name="pass_visits"
    ),
]
