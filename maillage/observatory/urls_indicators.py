"""The first page, indicators, territories, alerts, imports."""

from django.urls import URLPattern, path, re_path

from maillage.core.tables.sending import FORMS
from maillage.observatory.views import (
    alerts,
    home,
    imports,
    indicators,
    indicators_edit,
    territories,
)

ONE = "observer/indicateurs/<slug:code>/"
PLACE = "observer/territoires/<slug:level>/<slug:code>"

urlpatterns: list[URLPattern] = [
    path("observer/", home.home, name="home"),
    path("observer/indicateurs/", indicators.indicator_list, name="indicator_list"),
    path(
        "observer/indicateurs/nouveau/",
        indicators_edit.indicator_new,
        name="indicator_new",
    ),
    path("observer/importer/", imports.observation_import, name="observation_import"),
    path(ONE, indicators.indicator_detail, name="indicator_detail"),
    path(f"{ONE}communes.json", indicators.indicator_map, name="indicator_map"),
    path(f"{ONE}modifier/", indicators_edit.indicator_edit, name="indicator_edit"),
    path(f"{ONE}etat/", indicators_edit.indicator_state, name="indicator_state"),
    path(
        f"{ONE}recalculer/", indicators_edit.indicator_refresh, name="indicator_refresh"
    ),
    path(f"{ONE}valeur/", indicators_edit.observation_new, name="observation_new"),
    path(
        f"{ONE}valeur/retirer/",
        indicators_edit.observation_withdraw,
        name="observation_withdraw",
    ),
    path(f"{ONE}surveiller/", alerts.alert_rule_new, name="alert_rule_new"),
    re_path(
        rf"^observer/indicateurs/(?P<code>[-\w]+)/valeurs\.(?P<kind>{FORMS})$",
        indicators.indicator_export,
        name="indicator_export",
    ),
    path("observer/territoires/", territories.territory_list, name="territory_list"),
    path(f"{PLACE}/", territories.territory_detail, name="territory_detail"),
    path(f"{PLACE}.pdf", territories.territory_paper, name="territory_paper"),
    path("observer/alertes/", alerts.alert_list, name="alert_list"),
    path(
        "observer/alertes/<int:pk>/repondre/", alerts.alert_answer, name="alert_answer"
    ),
    path(
        "observer/alertes/regles/<int:pk>/",
        alerts.alert_rule_edit,
        name="alert_rule_edit",
    ),
    path(
        "observer/alertes/regles/<int:pk>/supprimer/",
        alerts.alert_rule_delete,
        name="alert_rule_delete",
    ),
]
