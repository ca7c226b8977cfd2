from typing import Any

from django.core.management.base import BaseCommand

from maillage.core.entries import rebuild_entries


class Command(BaseCommand):
    help = "Write the public copy of everything published anew, as search reads it."

    def handle(self, **options: Any) -> None:
        self.stdout.write(f"{rebuild_entries()} fiches publiques.")
