"""What hosts ask for, and what owners answer."""

from django.urls import URLPattern, path

from maillage.circulation.views import answers, hosts, requests

urlpatterns: list[URLPattern] = [
    path("ressources/<slug:slug>/emprunter/", requests.request_new, name="request_new"),
    path("emprunter/theme/", requests.request_new_theme, name="request_new_theme"),
    path("demandes/", answers.request_list, name="request_list"),
    path("demandes/<int:pk>/", answers.request_detail, name="request_detail"),
    path("demandes/<int:pk>/repondre/", answers.request_answer, name="request_answer"),
    path(
        "demandes/<int:pk>/retirer/", answers.request_withdraw, name="request_withdraw"
    ),
    path("demandes/<int:pk>/message/", answers.request_message, name="request_message"),
    path("propositions/<int:pk>/", answers.offer_answer, name="offer_answer"),
    path("lieux-accueil/", hosts.host_list, name="host_list"),
    path("lieux-accueil/nouveau/", hosts.host_new, name="host_new"),
    path("lieux-accueil/<int:pk>/", hosts.host_edit, name="host_edit"),
]
