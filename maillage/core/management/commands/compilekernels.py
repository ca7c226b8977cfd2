import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from maillage.core.warming import warm_kernels

LOWEST = 19


class Command(BaseCommand):
    help = (
        "Compile what plans seasons and counts access: a minute, once for each version "
        "of the code; then seconds."
    )
    requires_system_checks = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--gently", action="store_true", help="leave the processor to others"
        )

    def handle(self, *, gently: bool, **options: Any) -> None:
        if gently:
            os.nice(LOWEST)
        warm_kernels()
