"""Addresses of calls: for everybody, and for the agency that writes them."""

from django.urls import URLPattern, path

from maillage.calls.views import builder, calls, calls_agency

HERE = "agence/appels/<slug:slug>/"
urlpatterns: list[URLPattern] = [
    path("appels/", calls.call_list, name="call_list"),
    path("appels/flux.rss", calls.call_feed, name="call_feed"),
    path("appels/<slug:slug>/", calls.call_detail, name="call_detail"),
    path("appels/<slug:slug>/question/", calls.call_ask, name="call_ask"),
    path(
        "appels/<slug:slug>/calendrier.ics", calls.call_calendar, name="call_calendar"
    ),
    path("agence/appels/", calls_agency.call_desk, name="call_desk"),
    path("agence/appels/nouveau/", calls_agency.call_new, name="call_new"),
    path(
        "agence/appels/questions/<int:pk>/",
        calls_agency.call_question,
        name="call_question",
    ),
    path(
        "agence/appels/questions/<int:pk>/ecarter/",
        calls_agency.call_question_dismiss,
        name="call_question_dismiss",
    ),
    path(HERE, calls_agency.call_manage, name="call_manage"),
    path(f"{HERE}modifier/", calls_agency.call_edit, name="call_edit"),
    path(f"{HERE}etat/", calls_agency.call_state, name="call_state"),
    path(f"{HERE}criteres/", calls_agency.call_criteria, name="call_criteria"),
    path(f"{HERE}questions/", calls_agency.call_questions, name="call_questions"),
    path(f"{HERE}delai/", calls_agency.call_delay, name="call_delay"),
    path(f"{HERE}formulaire/", builder.call_builder, name="call_builder"),
    path(
        f"{HERE}formulaire/parties/nouvelle/",
        builder.builder_section_new,
        name="builder_section_new",
    ),
    path(
        f"{HERE}formulaire/parties/<slug:key>/",
        builder.builder_section,
        name="builder_section",
    ),
    path(
        f"{HERE}formulaire/questions/nouvelle/",
        builder.builder_question_new,
        name="builder_question_new",
    ),
    path(
        f"{HERE}formulaire/questions/<slug:key>/",
        builder.builder_question,
        name="builder_question",
    ),
    path(f"{HERE}formulaire/changer/", builder.builder_change, name="builder_change"),
    path(f"{HERE}formulaire/publier/", builder.builder_publish, name="builder_publish"),
    path(f"{HERE}formulaire/apercu/", builder.builder_preview, name="builder_preview"),
]
