"""Addresses of events: lists, feeds, pages, dates, sign-ups."""

from django.urls import URLPattern, path, re_path, register_converter

from maillage.agenda.views import dates, detail, edit, feeds, lists, signups
from maillage.core.converters import DayConverter
from maillage.core.tables.sending import FORMS

register_converter(DayConverter, "day")

EVENT = "evenements/<slug:slug>/"
SLUG = r"^evenements/(?P<slug>[-a-zA-Z0-9_]+)/"
WORDS = "|".join(lists.SHORTCUTS)

urlpatterns: list[URLPattern] = [
    path("agenda/", lists.event_list, name="event_list"),
    re_path(
        rf"^agenda/(?P<word>{WORDS})/$", lists.event_shortcut, name="event_shortcut"
    ),
    path("agenda/jour/<day:day>/", lists.event_day, name="event_day"),
    path("agenda/semaine/<day:day>/", lists.event_week, name="event_week"),
    re_path(
        r"^agenda/mois/(?P<month>\d{4}-\d{2})/$", lists.event_month, name="event_month"
    ),
    path("agenda/carte/", lists.event_map, name="event_map"),
    path("agenda/carte/points", lists.event_points, name="event_points"),
    path("agenda/carte/liste/", lists.event_map_list, name="event_map_list"),
    path("agenda/carte/fiches/", lists.event_map_cards, name="event_map_cards"),
    path("agenda/passes/", lists.event_past, name="event_past"),
    path("agenda/agenda.ics", feeds.event_ics, name="event_ics"),
    path("agenda/agenda.rss", feeds.event_rss, name="event_rss"),
    path("evenements/proposer/", edit.event_new, name="event_new"),
    path("evenements/charte/", edit.event_charter, name="event_charter"),
    path("evenements/ressources.json", edit.resource_suggest, name="resource_suggest"),
    path(EVENT, detail.event_detail, name="event_detail"),
    path(f"{EVENT}agenda.ics", feeds.event_calendar, name="event_calendar"),
    path(f"{EVENT}modifier/", edit.event_edit, name="event_edit"),
    path(f"{EVENT}annuler-ou-reporter/", edit.event_status, name="event_status"),
    path(f"{EVENT}nouvelle-edition/", edit.event_copy, name="event_copy"),
    path(f"{EVENT}dates/", dates.event_dates, name="event_dates"),
    path(f"{EVENT}dates/<int:pk>/", dates.occurrence_edit, name="occurrence_edit"),
    path(f"{EVENT}repetitions/<int:pk>/", dates.series_edit, name="series_edit"),
    path(f"{EVENT}inscription/<int:pk>/", signups.signup_new, name="signup_new"),
    path(f"{EVENT}inscriptions/", signups.signup_list, name="signup_list"),
    re_path(
        rf"{SLUG}inscriptions\.(?P<form>{FORMS})$",
        signups.signup_file,
        name="signup_file",
    ),
    path(
        f"{EVENT}inscriptions/<int:pk>/venus/", signups.signup_came, name="signup_came"
    ),
    path(f"{EVENT}frequentation/", signups.event_report, name="event_report"),
    path("inscriptions/<str:token>/", signups.signup_detail, name="signup_detail"),
    path(
        "inscriptions/<str:token>/annuler/", signups.signup_cancel, name="signup_cancel"
    ),
]
