from django.apps import AppConfig


class InterchangeConfig(AppConfig):
    name = "maillage.interchange"
