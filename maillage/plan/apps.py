from django.apps import AppConfig


class PlanConfig(AppConfig):
    name = "maillage.plan"
