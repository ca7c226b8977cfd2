"""Addresses of what goes to other agendas and comes from them."""

from django.urls import URLPattern, path

from maillage.agenda.views import exchange

urlpatterns: list[URLPattern] = [
    path("agenda/openagenda.json", exchange.openagenda, name="openagenda"),
    path("agendas-suivis/", exchange.feed_list, name="feed_list"),
    path("agendas-suivis/nouveau/", exchange.feed_new, name="feed_new"),
    path("agendas-suivis/<int:pk>/", exchange.feed_detail, name="feed_detail"),
    path("agendas-suivis/<int:pk>/modifier/", exchange.feed_edit, name="feed_edit"),
    path("agendas-suivis/<int:pk>/lire/", exchange.feed_read, name="feed_read"),
    path("agendas-suivis/<int:pk>/verifier/", exchange.feed_check, name="feed_check"),
    path(
        "agendas-suivis/<int:pk>/evenements/<int:remote>/",
        exchange.remote_detail,
        name="remote_detail",
    ),
    path(
        "agendas-suivis/<int:pk>/evenements/<int:remote>/image/",
        exchange.remote_picture,
        name="remote_picture",
    ),
]
