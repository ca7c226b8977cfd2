"""Addresses of reviews: for readers, for the agency, for the committee."""

from django.urls import URLPattern, path, re_path

from maillage.calls.views import committee, reviews, rounds
from maillage.core.tables.sending import FORMS

CALL = "agence/appels/<slug:slug>/"
urlpatterns: list[URLPattern] = [
    path("lectures/", reviews.review_list, name="review_list"),
    path("lectures/profil/", reviews.reviewer_profile, name="reviewer_profile"),
    path(
        "lectures/invitation/<str:token>/", reviews.reviewer_join, name="reviewer_join"
    ),
    path("lectures/<int:pk>/", reviews.review_edit, name="review_edit"),
    path("lectures/<int:pk>/rouvrir/", reviews.review_reopen, name="review_reopen"),
    path("lectures/<int:pk>/lien/", reviews.review_conflict, name="review_conflict"),
    path(
        "lectures/<int:pk>/pieces/<int:file>/", reviews.review_file, name="review_file"
    ),
    path("agence/lecteurs/", rounds.reviewer_list, name="reviewer_list"),
    path("agence/lecteurs/<int:pk>/", rounds.reviewer_edit, name="reviewer_edit"),
    path(f"{CALL}lectures/", rounds.round_list, name="round_list"),
    path("agence/phases/<int:pk>/", rounds.round_detail, name="round_detail"),
    path("agence/phases/<int:pk>/confier/", rounds.round_give, name="round_give"),
    path("agence/phases/<int:pk>/<slug:step>/", rounds.round_step, name="round_step"),
    path("agence/lectures/<int:pk>/retirer/", rounds.round_take, name="round_take"),
    path(f"{CALL}comite/", committee.committee_detail, name="committee_detail"),
    re_path(
        rf"^agence/appels/(?P<slug>[-\w]+)/comite\.(?P<form>{FORMS})$",
        committee.committee_export,
        name="committee_export",
    ),
    path("agence/lectures/<int:pk>/", committee.review_detail, name="review_detail"),
    path(f"{CALL}propositions/nouvelle/", committee.envelope_new, name="envelope_new"),
    path(
        "agence/propositions/<int:pk>/",
        committee.envelope_detail,
        name="envelope_detail",
    ),
    path(
        "agence/propositions/<int:pk>/lignes/<int:line>/",
        committee.envelope_line,
        name="envelope_line",
    ),
    path(
        "agence/propositions/<int:pk>/<slug:step>/",
        committee.envelope_step,
        name="envelope_step",
    ),
]
