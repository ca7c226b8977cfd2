"""Addresses of respondents, who have a link and need no account."""

from django.urls import URLPattern, path

from maillage.surveys.views import answers, answers_posted

HERE = "repondre/<str:token>/"

urlpatterns: list[URLPattern] = [
    path(HERE, answers.answer_start, name="answer_start"),
    path(
        f"{HERE}section/<str:section>/", answers.answer_section, name="answer_section"
    ),
    path(f"{HERE}noter/", answers_posted.answer_save, name="answer_save"),
    path(f"{HERE}nouveau/", answers_posted.answer_news, name="answer_news"),
    path(f"{HERE}relire/", answers.answer_review, name="answer_review"),
    path(f"{HERE}recu/", answers.answer_receipt, name="answer_receipt"),
    path(f"{HERE}recu.pdf", answers.answer_paper, name="answer_paper"),
    path(f"{HERE}rouvrir/", answers.answer_reopen, name="answer_reopen"),
]
