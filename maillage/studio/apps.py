from django.apps import AppConfig


class StudioConfig(AppConfig):
    name = "maillage.studio"
