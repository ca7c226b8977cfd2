"""What was typed in a form whose session has ended, kept until the person is back.

It lies in the visitor's own session, which survives signing in, for an hour.
"""

import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest

NAME = "kept_form"
LASTS = 3600
LARGEST = 1_000_000  # letters in all; a longer text is only in the page's draft
#: Fields that are not typed, or that nobody should keep.
SKIPPED = {"csrfmiddlewaretoken"}


@dataclass(frozen=True)
class KeptForm:
    """Where a form was going, and what it said."""

    path: str
    fields: list[tuple[str, str]]
    files: list[str] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """What is worth reading again, to recognise one's work."""
        values = [value.strip() for _name, value in self.fields]
        return [value for value in values if len(value) > 20 or " " in value]


def form_of(request: HttpRequest) -> KeptForm | None:
    """What a request brought; nothing when it holds a password."""
    names = {name.lower() for name in request.POST}
    if any("password" in name for name in names):
        return None
    fields = [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name not in SKIPPED
    ]
    uploads: Any = request.FILES.values()
    files = [one.name or "" for one in uploads]
    return KeptForm(path=request.get_full_path(), fields=fields, files=files)


def keep(request: HttpRequest) -> bool:
    """Keep the form of a request in the session; says whether it did."""
    form = form_of(request)
    if form is None or not form.fields:
        return False
    if sum(len(name) + len(value) for name, value in form.fields) > LARGEST:
        return False
    request.session[NAME] = {
        "path": form.path,
        "fields": form.fields,
        "files": form.files,
        "at": time.time(),
    }
    return True


def kept(request: HttpRequest) -> KeptForm | None:
    """The form that waits for the person, unless it is too old."""
    found: dict[str, Any] | None = request.session.get(NAME)
    if found is None:
        return None
    if time.time() - found["at"] > LASTS:
        del request.session[NAME]
        return None
    fields = [(name, value) for name, value in found["fields"]]
    return KeptForm(path=found["path"], fields=fields, files=found["files"])


def is_from_here(request: HttpRequest) -> bool:
    """Whether a page of this site sent the form, as the browser says.

    Else another site could have its own text confirmed by the person.
    """
    if request.headers.get("Sec-Fetch-Site"):
        return request.headers["Sec-Fetch-Site"] == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return bool(origin) and urlsplit(origin).netloc == request.get_host()
