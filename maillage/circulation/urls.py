"""Addresses of circulation, a file for each part of it."""

from django.urls import URLPattern, URLResolver

from maillage.circulation import (
    urls_board,
    urls_care,
    urls_copies,
    urls_field,
    urls_loans,
    urls_requests,
    urls_seasons,
)

app_name = "circulation"
urlpatterns: list[URLPattern | URLResolver] = [
    *urls_field.urlpatterns,
    *urls_board.urlpatterns,
    *urls_requests.urlpatterns,
    *urls_copies.urlpatterns,
    *urls_loans.urlpatterns,
    *urls_care.urlpatterns,
    *urls_seasons.urlpatterns,
]
