from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from maillage.core.serving import pending_migrations
from maillage.plan.services.loading import load_plan, read_plan
from maillage.portal import demo
from maillage.territories.services import load_territories


class Command(BaseCommand):
    help = (
        "Bring the territories and the plan up to date with the region's folder and, the first time, "
        "load its structures, places and resources. What people entered stays."
    )
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--only-territories",
            action="store_true",
            help="no structure, place or resource: start from an empty site",
        )

    def handle(self, *, only_territories: bool, **options: Any) -> None:
        if pending_migrations():
            raise CommandError("Lancez d’abord « python -m maillage migrate ».")
        folder = settings.REGION_DATA
        for name, rows in load_territories(folder).items():
            self.stdout.write(f"{name:14} {rows}")
        if (plan := folder / "plan.toml").exists():
            load_plan(read_plan(plan), today=timezone.localdate())
        if only_territories:
            return
        demo.load_actors(
            folder,
            source=settings.REGION,
            now=timezone.now(),
            progress=lambda what, done, total: None,
        )
        for _file, schema in demo.FILES:
            model = schema.model
            self.stdout.write(
                f"{model.__name__.lower():14} {model._default_manager.count()}"
            )
