"""Addresses of the agenda: events, programmes, trails, other agendas."""

from django.urls import URLPattern, URLResolver

from maillage.agenda import urls_events, urls_exchange, urls_programmes, urls_trails

app_name = "agenda"
urlpatterns: list[URLPattern | URLResolver] = [
    *urls_events.urlpatterns,
    *urls_programmes.urlpatterns,
    *urls_trails.urlpatterns,
    *urls_exchange.urlpatterns,
]
