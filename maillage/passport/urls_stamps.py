"""Addresses of stamps: at the stops, on the pass, for those who make trails."""

from django.urls import URLPattern, path

from maillage.passport.views import stamps

MINE = "passeport/<secret:secret>"
urlpatterns: list[URLPattern] = [
    path(
        "parcours/<slug:slug>/etapes/<str:code>/tampon/",
        stamps.stop_stamp,
        name="stop_stamp",
    ),
    path("parcours/<slug:slug>/tampons/", stamps.trail_stamps, name="trail_stamps"),
    path(f"{MINE}/parcours/", stamps.pass_trails, name="pass_trails"),
    path(f"{MINE}/tampon/", stamps.pass_stamp, name="pass_stamp"),
    path(f"{MINE}/tampons/garder/", stamps.stamps_keep, name="stamps_keep"),
    path(f"{MINE}/tampons/oublier/", stamps.stamps_forget, name="stamps_forget"),
    path(
        f"{MINE}/parcours/<slug:slug>/diplome.pdf",
        stamps.pass_diploma,
        name="pass_diploma",
    ),
    path("agence/passeport/tampons/", stamps.stamp_list, name="stamp_list"),
    path(
        "agence/passeport/tampons.<str:form>", stamps.stamp_export, name="stamp_export"
    ),
]
