"""What the demonstration shows of surveys; each part is loaded once."""

from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.accounts.models import User
from maillage.surveys.demo_questionnaires import load_questionnaires
from maillage.surveys.demo_results import load_results
from maillage.surveys.demo_waves import load_waves
from maillage.surveys.models import Questionnaire


def is_ready() -> bool:
    """Surveys have been loaded before."""
    return Questionnaire.objects.exists()


def load_surveys() -> None:
    agency = User.objects.filter(role=Role.AGENCY).order_by("pk").first()
    load_questionnaires(by=agency)
    load_waves(now=timezone.now())
    load_results(by=agency, now=timezone.now())
