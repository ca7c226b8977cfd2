"""Open data: the catalogue, a page for each dataset, stable files."""

import hashlib
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
)
from django.utils import translation
from django.utils.http import http_date, parse_http_date_safe, quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from maillage.core.context import region
from maillage.core.http import PageRequest, page
from maillage.interchange import dcat
from maillage.interchange.catalogue import all_datasets, find_dataset
from maillage.interchange.datasets import Dataset
from maillage.interchange.files import (
    TYPES,
    Described,
    dictionary_lines,
    package_of,
    ready_file,
    schema_of,
    version_of,
)


@login_not_required
@require_safe
def dataset_list(request: PageRequest) -> HttpResponse:
    """Every dataset, what it holds, since when, in which formats."""
    context = {
        "datasets": [card(dataset) for dataset in all_datasets()],
        "catalogue_forms": list(dcat.FORMS),
        "licence": region()["data"],
    }
    return page(request, "interchange/dataset_list.html", context)


@login_not_required
@require_safe
def dataset_detail(request: PageRequest, code: str) -> HttpResponse:
    """One dataset with its data dictionary."""
    dataset = known(code)
    context = {
        "dataset": card(dataset),
        "columns": dataset.columns,
        "described": Described(dataset),
        "licence": region()["data"],
    }
    return page(request, "interchange/dataset_detail.html", context)


@login_not_required
@require_safe
def dataset_file(request: HttpRequest, code: str, form: str) -> HttpResponseBase:
    """The whole dataset; answers 304 to whoever has it already."""
    dataset = known(code)
    if form not in dataset.formats:
        raise Http404
    tag = etag(f"{dataset.code}.{form}", version_of(dataset))
    changed = dataset.changed()
    stamp = int(changed.timestamp()) if changed else None
    response: HttpResponseBase
    if is_known(request, tag, stamp):
        response = HttpResponse(status=304)
    else:
        path = ready_file(dataset, form=form)
        response = FileResponse(
            path.open("rb"), as_attachment=True, filename=f"{code}.{form}"
        )
        response["Content-Type"] = TYPES[form]
    response["ETag"] = tag
    if stamp:
        response["Last-Modified"] = http_date(stamp)
    return open_to_all(response)


@login_not_required
@require_safe
def dataset_schema(request: HttpRequest, code: str, form: str) -> HttpResponseBase:
    """The data dictionary as CSV or as a Table Schema."""
    dataset = known(code)
    if form == "json":
        body: Any = schema_of(dataset)
    else:
        body = dictionary_lines(dataset.columns)
    response = HttpResponse(body, content_type=TYPES[form])
    name = f"{code}-dictionnaire.{form}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return open_to_all(response)


@login_not_required
@require_safe
def catalogue_file(request: HttpRequest, form: str) -> HttpResponseBase:
    """The catalogue for other portals, as DCAT-AP."""
    with translation.override("fr"):
        body = dcat.written(dcat.catalogue(all_datasets()), form)
    return open_to_all(HttpResponse(body, content_type=dcat.FORMS[form][1]))


@login_not_required
@require_safe
def data_package(request: HttpRequest) -> HttpResponseBase:
    """The same for programs that read tables: a Frictionless Data Package."""
    with translation.override("fr"):
        body = package_of(all_datasets())
    return open_to_all(HttpResponse(body, content_type=TYPES["json"]))


def known(code: str) -> Dataset:
    dataset = find_dataset(code)
    if dataset is None:
        raise Http404
    return dataset


def card(dataset: Dataset) -> dict[str, Any]:
    return {
        "code": dataset.code,
        "title": dataset.title,
        "about": dataset.about,
        "rows": dataset.count(),
        "changed_at": dataset.changed(),
        "formats": dataset.formats,
        "origin": dataset.origin or _("Maillage, Licence Ouverte 2.0"),
        "columns": len(dataset.columns),
        "page": dataset.page,
        "family": dataset.family,
    }


def etag(*words: str) -> str:
    told = "/".join((*words, settings.SITE_URL))
    return quote_etag(hashlib.sha256(told.encode()).hexdigest()[:32])


def is_known(request: HttpRequest, tag: str, stamp: int | None) -> bool:
    """Whether the reader says that it has this very file (RFC 9110, 13.2.2)."""
    if given := request.headers.get("If-None-Match"):
        tags = [one.strip().removeprefix("W/") for one in given.split(",")]
        return tag in tags or "*" in tags
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return bool(stamp and since and stamp <= since)


def open_to_all(response: HttpResponseBase) -> HttpResponseBase:
    """Other sites may read it, and keep it for some minutes."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=300"
    return response
