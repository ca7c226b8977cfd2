"""Addresses of trails and of their stops."""

from django.urls import URLPattern, path

from maillage.agenda.views import trails

ONE = "parcours/<slug:slug>"
urlpatterns: list[URLPattern] = [
    path("parcours/", trails.trail_list, name="trail_list"),
    path("parcours/proposer/", trails.trail_new, name="trail_new"),
    path("parcours/etapes.json", trails.stop_suggest, name="stop_suggest"),
    path(f"{ONE}/", trails.trail_detail, name="trail_detail"),
    path(f"{ONE}/modifier/", trails.trail_edit, name="trail_edit"),
    path(f"{ONE}/parcours.geojson", trails.trail_geojson, name="trail_geojson"),
    path(f"{ONE}/parcours.gpx", trails.trail_gpx, name="trail_gpx"),
    path(f"{ONE}/fiche.pdf", trails.trail_sheet, name="trail_sheet"),
    path(f"{ONE}/affiches.pdf", trails.trail_posters, name="trail_posters"),
    path(f"{ONE}/etapes/<str:code>/", trails.stop_detail, name="stop_detail"),
]
