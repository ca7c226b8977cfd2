import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.test import RequestFactory
from django.urls import resolve

PATH = Path("docs") / "reference" / "openapi.json"


class Command(BaseCommand):
    help = "Write the OpenAPI document of the API, or with --check compare it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="fail if the file is behind the code"
        )

    def handle(self, *, check: bool, **options: Any) -> None:
        path = settings.ROOT / PATH
        text = document()
        if not check:
            path.write_text(text, encoding="utf-8")
            self.stdout.write(f"{PATH} is written")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            raise CommandError(f"{PATH} is behind the code: python -m maillage openapi")


def document() -> str:
    """What the API says of itself, asked as any client would."""
    address = "/api/1/openapi.json"
    request = RequestFactory().get(address)
    view, args, kwargs = resolve(address)
    told = json.loads(view(request, *args, **kwargs).content)
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"
