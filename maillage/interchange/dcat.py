"""The catalogue of open data as DCAT-AP 3.0.1, the profile of European portals.

https://semiceu.github.io/DCAT-AP/releases/3.0.1/ says what must be there; tests check
the graph against shapes of its mandatory properties and ranges.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, RDF, SKOS, XSD

from maillage.core.context import region
from maillage.interchange.datasets import Dataset
from maillage.interchange.files import TYPES

#: The forms of the catalogue: name of rdflib, type on the wire.
FORMS = {
    "ttl": ("turtle", "text/turtle; charset=utf-8"),
    "jsonld": ("json-ld", "application/ld+json"),
    "rdf": ("xml", "application/rdf+xml"),
}
AUTHORITY = "http://publications.europa.eu/resource/authority"
FRENCH = URIRef(f"{AUTHORITY}/language/FRA")
CULTURE = URIRef(f"{AUTHORITY}/data-theme/EDUC")
IRREGULAR = URIRef(f"{AUTHORITY}/frequency/IRREG")
MEDIA = "https://www.iana.org/assignments/media-types"
#: The file types of the European authority table.
FILE_TYPES = {
    "csv": "CSV",
    "xlsx": "XLSX",
    "ods": "ODS",
    "geojson": "GEOJSON",
    "parquet": "PARQUET",
    "json": "JSON",
}


def address(name: str, *args: Any) -> URIRef:
    return URIRef(settings.SITE_URL + reverse(f"interchange:{name}", args=args))


def catalogue(datasets: Iterable[Dataset]) -> Graph:
    """The whole graph: catalogue, publisher, datasets, their files, the API."""
    card = region()
    graph = Graph()
    for prefix, space in {"dcat": DCAT, "dct": DCTERMS, "foaf": FOAF}.items():
        graph.bind(prefix, space)
    whole = address("dataset_list")
    publisher = publisher_of(graph, card)
    licence = licence_of(graph, card)
    describe(
        graph,
        whole,
        DCAT.Catalog,
        title=card["site_name"],
        about=card["tagline"],
        publisher=publisher,
    )
    graph.add((whole, DCTERMS.license, licence))
    graph.add((whole, FOAF.homepage, document(graph, URIRef(settings.SITE_URL + "/"))))
    service = service_of(graph, publisher, licence)
    graph.add((whole, DCAT.service, service))
    for dataset in datasets:
        one = dataset_of(graph, dataset, publisher=publisher, licence=licence)
        graph.add((whole, DCAT.dataset, one))
        graph.add((service, DCAT.servesDataset, one))
    return graph


def describe(
    graph: Graph,
    node: URIRef,
    kind: URIRef,
    *,
    title: str,
    about: str,
    publisher: URIRef,
) -> None:
    graph.add((node, RDF.type, kind))
    graph.add((node, DCTERMS.title, Literal(title, lang="fr")))
    graph.add((node, DCTERMS.description, Literal(about, lang="fr")))
    graph.add((node, DCTERMS.publisher, publisher))
    if kind != DCAT.DataService:
        graph.add((node, DCTERMS.language, FRENCH))
    graph.add((FRENCH, RDF.type, DCTERMS.LinguisticSystem))


def publisher_of(graph: Graph, card: dict[str, Any]) -> URIRef:
    node = URIRef(card["agency"]["website"])
    graph.add((node, RDF.type, FOAF.Agent))
    graph.add((node, FOAF.name, Literal(card["agency"]["name"], lang="fr")))
    return node


def licence_of(graph: Graph, card: dict[str, Any]) -> URIRef:
    node = URIRef(card["data"]["licence_url"])
    graph.add((node, RDF.type, DCTERMS.LicenseDocument))
    graph.add((node, DCTERMS.title, Literal(card["data"]["licence"], lang="fr")))
    return node


def document(graph: Graph, node: URIRef) -> URIRef:
    graph.add((node, RDF.type, FOAF.Document))
    return node


def service_of(graph: Graph, publisher: URIRef, licence: URIRef) -> URIRef:
    node = URIRef(f"{settings.SITE_URL}/api/1/")
    describe(
        graph,
        node,
        DCAT.DataService,
        title="API",
        about="Lecture des fiches et des indicateurs publiés, en JSON.",
        publisher=publisher,
    )
    graph.add((node, DCAT.endpointURL, node))
    told = URIRef(f"{settings.SITE_URL}/api/1/openapi.json")
    graph.add((node, DCAT.endpointDescription, told))
    graph.add((node, DCTERMS.license, licence))
    return node


def dataset_of(
    graph: Graph, dataset: Dataset, *, publisher: URIRef, licence: URIRef
) -> URIRef:
    node = address("dataset_detail", dataset.code)
    title, about = str(dataset.title), str(dataset.about) or str(dataset.title)
    describe(graph, node, DCAT.Dataset, title=title, about=about, publisher=publisher)
    graph.add((node, DCTERMS.identifier, Literal(dataset.code)))
    graph.add((node, DCAT.theme, concept(graph, CULTURE)))
    graph.add((node, DCTERMS.accrualPeriodicity, frequency(graph)))
    page = URIRef(settings.SITE_URL + str(dataset.page)) if dataset.page else node
    graph.add((node, DCAT.landingPage, document(graph, page)))
    schema = address("dataset_schema", dataset.code, "json")
    graph.add((node, FOAF.page, document(graph, schema)))
    if dataset.origin:
        origin = BNode()
        graph.add((origin, RDF.type, DCTERMS.ProvenanceStatement))
        graph.add(
            (origin, DCTERMS.description, Literal(str(dataset.origin), lang="fr"))
        )
        graph.add((node, DCTERMS.provenance, origin))
    if changed := dataset.changed():
        at = Literal(changed.isoformat(), datatype=XSD.dateTime)
        graph.add((node, DCTERMS.modified, at))
    for form in dataset.formats:
        file = file_of(graph, dataset, form, licence=licence)
        graph.add((node, DCAT.distribution, file))
    return node


def concept(graph: Graph, node: URIRef) -> URIRef:
    graph.add((node, RDF.type, SKOS.Concept))
    graph.add((node, SKOS.prefLabel, Literal("Éducation, culture et sport", lang="fr")))
    return node


def frequency(graph: Graph) -> URIRef:
    graph.add((IRREGULAR, RDF.type, DCTERMS.Frequency))
    return IRREGULAR


def file_of(graph: Graph, dataset: Dataset, form: str, *, licence: URIRef) -> URIRef:
    node = address("dataset_file", dataset.code, form)
    graph.add((node, RDF.type, DCAT.Distribution))
    graph.add((node, DCTERMS.title, Literal(f"{dataset.title}, {form}", lang="fr")))
    graph.add((node, DCAT.accessURL, node))
    graph.add((node, DCAT.downloadURL, node))
    graph.add((node, DCTERMS.license, licence))
    media = URIRef(f"{MEDIA}/{TYPES[form].partition(';')[0]}")
    graph.add((media, RDF.type, DCTERMS.MediaType))
    graph.add((node, DCAT.mediaType, media))
    file_type = URIRef(f"{AUTHORITY}/file-type/{FILE_TYPES[form]}")
    graph.add((file_type, RDF.type, DCTERMS.MediaTypeOrExtent))
    graph.add((node, DCTERMS["format"], file_type))
    return node


def written(graph: Graph, form: str) -> str:
    """The graph as text in one of :data:`FORMS`."""
    return graph.serialize(format=FORMS[form][0])
