from django.urls import URLPattern, path, re_path

from maillage.core.tables.sending import FORMS
from maillage.interchange.views import datasets, exports, imports

app_name = "interchange"
CODE = r"(?P<code>[a-z0-9-]+)"
urlpatterns: list[URLPattern] = [
    path("donnees/", datasets.dataset_list, name="dataset_list"),
    re_path(
        rf"^donnees/export/(?P<kind>[a-z]+)\.(?P<form>{FORMS}|geojson)$",
        exports.export,
        name="export",
    ),
    re_path(
        rf"^donnees/{CODE}\.(?P<form>{FORMS}|geojson|parquet)$",
        datasets.dataset_file,
        name="dataset_file",
    ),
    re_path(
        r"^donnees/catalogue\.(?P<form>ttl|jsonld|rdf)$",
        datasets.catalogue_file,
        name="catalogue_file",
    ),
    path("donnees/datapackage.json", datasets.data_package, name="data_package"),
    re_path(
        rf"^donnees/{CODE}/dictionnaire\.(?P<form>csv|json)$",
        datasets.dataset_schema,
        name="dataset_schema",
    ),
    path("donnees/<slug:code>/", datasets.dataset_detail, name="dataset_detail"),
    path("imports/", imports.import_list, name="import_list"),
    path("imports/nouveau/", imports.import_new, name="import_new"),
    path("imports/<int:pk>/", imports.import_detail, name="import_detail"),
    path("imports/<int:pk>/verifier/", imports.import_check, name="import_check"),
    path("imports/<int:pk>/appliquer/", imports.import_apply, name="import_apply"),
    re_path(
        rf"^imports/(?P<pk>[0-9]+)/erreurs\.(?P<form>{FORMS})$",
        imports.import_problems,
        name="import_problems",
    ),
]
