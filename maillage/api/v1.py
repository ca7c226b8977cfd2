"""The public, read-only API, version 1."""

from ninja import NinjaAPI

api = NinjaAPI(title="Maillage", version="1", urls_namespace="api-1")
