from django.urls import URLPattern, path, re_path

from maillage.core.tables.sending import FORMS
from maillage.observatory.views import access, siting

ONE = "observer/implantations/<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("observer/acces/", access.access_map, name="access_map"),
    path("observer/acces/carte.json", access.access_data, name="access_data"),
    re_path(
        rf"^observer/acces/communes\.(?P<form>{FORMS})$",
        access.access_file,
        name="access_file",
    ),
    path("observer/zones-blanches/", access.white_zones, name="white_zones"),
    re_path(
        rf"^observer/zones-blanches\.(?P<form>{FORMS})$",
        access.white_file,
        name="white_file",
    ),
    path("observer/implantations/", siting.siting_list, name="siting_list"),
    path("observer/implantations/nouveau/", siting.siting_new, name="siting_new"),
    path(
        "observer/implantations/comparer/",
        siting.siting_compare,
        name="siting_compare",
    ),
    path(
        "observer/implantations/registre/",
        siting.siting_register,
        name="siting_register",
    ),
    path(ONE, siting.siting_detail, name="siting_detail"),
    path(f"{ONE}changer/", siting.siting_step, name="siting_step"),
    path(f"{ONE}retirer/<int:rank>/", siting.siting_undo, name="siting_undo"),
    path(f"{ONE}proposer/", siting.siting_propose, name="siting_propose"),
    path(f"{ONE}essai/", siting.siting_try, name="siting_try"),
    path(f"{ONE}carte.json", siting.siting_map, name="siting_map"),
    path(f"{ONE}decider/", siting.siting_decide, name="siting_decide"),
    path(f"{ONE}meilleurs-choix/", siting.siting_front, name="siting_front"),
    path(f"{ONE}reprendre/", siting.siting_pick, name="siting_pick"),
]
