"""Addresses of what the pass opens: for everybody, and for those who say it."""

from django.urls import URLPattern, path

from maillage.passport.views import benefits, benefits_edit as edit

HERE = "passeport/avantages/"
MINE = f"{HERE}gerer/"

urlpatterns: list[URLPattern] = [
    path(HERE, benefits.benefit_list, name="benefit_list"),
    path(f"{HERE}carte/", benefits.benefit_map, name="benefit_map"),
    path(f"{HERE}carte/points.bin", benefits.benefit_points, name="benefit_points"),
    path(f"{HERE}carte/liste/", benefits.benefit_map_list, name="benefit_map_list"),
    path(f"{HERE}carte/bulle/", benefits.benefit_map_cards, name="benefit_map_cards"),
    path(MINE, edit.benefit_places, name="benefit_places"),
    path(f"{MINE}importer/", edit.benefit_import, name="benefit_import"),
    path(f"{MINE}avantages.<str:form>", edit.benefit_export, name="benefit_export"),
    path(f"{MINE}lieu/<slug:slug>/", edit.benefit_place, name="benefit_place"),
    path(f"{MINE}lieu/<slug:slug>/nouveau/", edit.benefit_new, name="benefit_new"),
    path(f"{MINE}lieu/<slug:slug>/<int:pk>/", edit.benefit_edit, name="benefit_edit"),
    path(
        f"{MINE}lieu/<slug:slug>/<int:pk>/etat/",
        edit.benefit_state,
        name="benefit_state",
    ),
]
