"""Addresses of payments: rules, simulations, what is decided, one's own lines."""

from django.urls import URLPattern, path

from maillage.passport.views import settling, settling_rules

AGENCY = "agence/passeport/paiements/"

urlpatterns: list[URLPattern] = [
    path(AGENCY, settling.settlement_list, name="settlement_list"),
    path(f"{AGENCY}simuler/", settling.settlement_simulate, name="settlement_simulate"),
    path(f"{AGENCY}garder/", settling.settlement_keep, name="settlement_keep"),
    path(
        f"{AGENCY}regles/nouvelle/",
        settling_rules.settlement_rule_new,
        name="settlement_rule_new",
    ),
    path(
        f"{AGENCY}regles/<int:pk>/",
        settling_rules.settlement_rule_edit,
        name="settlement_rule_edit",
    ),
    path(
        f"{AGENCY}regles/<int:pk>/effacer/",
        settling_rules.settlement_rule_delete,
        name="settlement_rule_delete",
    ),
    path(
        f"{AGENCY}<int:pk>/", settling.settlement_detail, name="settlement_detail"
    ),
    path(
        f"{AGENCY}<int:pk>/arreter/",
        settling.settlement_decide,
        name="settlement_decide",
    ),
    path(
        f"{AGENCY}<int:pk>/effacer/",
        settling.settlement_delete,
        name="settlement_delete",
    ),
    path(
        f"{AGENCY}<int:pk>/paiements.<str:form>",
        settling.settlement_export,
        name="settlement_export",
    ),
    path(
        f"{AGENCY}<int:pk>/lieux.<str:form>",
        settling.settlement_places_export,
        name="settlement_places_export",
    ),
    path(
        "passeport/paiements/", settling_rules.settlement_mine, name="settlement_mine"
    ),
    path(
        "passeport/paiements/<int:pk>/<slug:slug>/",
        settling_rules.settlement_line,
        name="settlement_line",
    ),
]  # fmt: skip
