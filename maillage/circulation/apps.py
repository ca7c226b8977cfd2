from django.apps import AppConfig

from maillage.core.panels import register


class CirculationConfig(AppConfig):
    name = "maillage.circulation"

    def ready(self) -> None:
        # The pieces read models, which are there only now.
        from maillage.circulation import panels  # noqa: PLC0415

        for spot, maker in panels.MAKERS:
            register(spot, maker)
