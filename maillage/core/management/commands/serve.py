import contextlib
import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from maillage.core.errors import Refused
from maillage.core.serving import (
    compiler,
    make_ready,
    pending_migrations,
    serve,
    task_worker,
)


class Command(BaseCommand):
    help = "Serve the site: prepare static files and translations, then answer."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument(
            "--port", type=int, help="port to listen on; else PORT, else 8000"
        )
        parser.add_argument(
            "--migrate", action="store_true", help="bring the database up to date first"
        )
        parser.add_argument(
            "--with-worker",
            action="store_true",
            help="also run the worker of background tasks",
        )

    def handle(
        self,
        *,
        host: str,
        port: int | None,
        migrate: bool,
        with_worker: bool,
        **options: Any,
    ) -> None:
        port = port or int(os.environ.get("PORT", "8000"))
        if migrate:
            call_command("migrate", interactive=False, verbosity=1)
        elif waiting := pending_migrations():
            raise CommandError(
                "La base n’est pas à jour : "
                f"{len(waiting)} migration(s) en attente ({waiting[0]}…). Lancez "
                "« python -m maillage migrate », ou « serve --migrate »."
            )
        make_ready(say=self.stdout.write)
        worker = task_worker() if with_worker else contextlib.nullcontext()
        try:
            with compiler(), worker:
                serve(
                    host,
                    port,
                    processes=settings.PROCESSES,
                    threads=settings.THREADS,
                    ready=lambda: self.stdout.write(
                        f"Maillage répond sur http://{host}:{port}/ (Ctrl-C pour finir)"
                    ),
                )
        except Refused as no:
            raise CommandError(str(no.message)) from no
