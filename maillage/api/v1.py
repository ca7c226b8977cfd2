"""The public, read-only API, version 1."""

from maillage.api import (
    benefits,
    calls,
    circulation,
    observatory,
    plan,
    reference,
    surveys,
    things,
)
from maillage.api.answers import Api, tell_errors
from maillage.api.docs import Docs

api = Api(
    title="Maillage",
    version="1",
    description=(
        "Structures, lieux et ressources de culture scientifique, technique et "
        "industrielle, tels que le site les publie. Lecture seule, sans clé. "
        "Licence Ouverte 2.0 : citez la source."
    ),
    urls_namespace="api-1",
    docs=Docs(),
    docs_url="/docs",
)
tell_errors(api)
api.add_router("", things.router)
api.add_router("", reference.router)
api.add_router("", benefits.router)
api.add_router("", circulation.router)
api.add_router("", observatory.router)
api.add_router("", surveys.router)
api.add_router("", plan.router)
api.add_router("", calls.router)
