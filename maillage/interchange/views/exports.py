"""Download a list as it is filtered."""

import tempfile
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.views.decorators.http import require_safe

from maillage.core import listing
from maillage.interchange.datasets import BY_KIND
from maillage.interchange.files import TYPES, lines_of, write_file


@login_not_required
@require_safe
def export(request: HttpRequest, kind: str, form: str) -> HttpResponseBase:
    """Published things that the filters of the address keep, in its order."""
    dataset = BY_KIND.get(kind)
    if dataset is None or form not in dataset.formats:
        raise Http404
    found = listing.find(listing.read_query(request.GET, kinds=(kind,)))
    things = dataset.things(found.pks())
    name = f"{dataset.code}.{form}"
    response: HttpResponseBase
    if form in {"xlsx", "ods"}:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / name
            write_file(path, dataset, things, form=form)
            response = FileResponse(path.open("rb"))
    else:
        response = StreamingHttpResponse(lines_of(dataset, things, form=form))
    response["Content-Type"] = TYPES[form]
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Access-Control-Allow-Origin"] = "*"
    return response
