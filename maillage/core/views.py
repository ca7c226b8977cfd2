"""Answers that belong to no app."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Tell how to get on when a form has grown too old; what was typed is kept."""
    return render(request, "403_csrf.html", status=403)
