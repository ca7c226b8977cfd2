"""Addresses of the observatory: indicators, territories, alerts, equity."""

from django.urls import URLPattern, URLResolver

from maillage.observatory import urls_equity, urls_indicators

app_name = "observatory"
urlpatterns: list[URLPattern | URLResolver] = [
    *urls_indicators.urlpatterns,
    *urls_equity.urlpatterns,
]
