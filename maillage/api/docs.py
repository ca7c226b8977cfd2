"""The page that explains the API to people, made from its own description."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from ninja import NinjaAPI
from ninja.openapi.docs import DocsBase


class Docs(DocsBase):
    """A plain page of ours: no script, nothing from elsewhere."""

    def render_page(
        self, request: HttpRequest, api: NinjaAPI, **kwargs: Any
    ) -> HttpResponse:
        document = api.get_openapi_schema()
        context = {
            "routes": [
                route(path, operations["get"])
                for path, operations in document["paths"].items()
            ],
            "openapi_url": self.get_openapi_url(api, kwargs),
        }
        return render(request, "api/docs.html", context)


def route(path: str, operation: Any) -> dict[str, Any]:
    return {
        "path": path,
        "anchor": operation["operationId"],
        "summary": operation.get("description") or operation["summary"],
        "parameters": [parameter(one) for one in operation.get("parameters", [])],
    }


def parameter(given: Any) -> dict[str, Any]:
    schema = given["schema"]
    kinds = [schema, *schema.get("anyOf", [])]
    return {
        "name": given["name"],
        "is_required": given.get("required", False),
        "is_many": schema.get("type") == "array",
        "about": given.get("description") or schema.get("description", ""),
        "default": schema.get("default"),
        "low": next((k["minimum"] for k in kinds if "minimum" in k), None),
        "high": next((k["maximum"] for k in kinds if "maximum" in k), None),
    }
