"""Addresses of surveys: questionnaires, waves and answers, results."""

from django.urls import URLPattern, URLResolver

from maillage.surveys import urls_answers, urls_questionnaires, urls_results, urls_waves

app_name = "surveys"
urlpatterns: list[URLPattern | URLResolver] = [
    *urls_answers.urlpatterns,
    *urls_questionnaires.urlpatterns,
    *urls_results.urlpatterns,
    *urls_waves.urlpatterns,
]
