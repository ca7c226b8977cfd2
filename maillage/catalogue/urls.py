from django.urls import path

from maillage.catalogue.views import compare, detail, edit, files, lists

app_name = "catalogue"
urlpatterns = [
    path("ressources/", lists.resource_list, name="resource_list"),
    path("ressources/proposer/", edit.resource_new, name="resource_new"),
    path("ressources/comparer/", compare.resource_compare, name="resource_compare"),
    path("ressources/lieux.json", detail.host_suggest, name="host_suggest"),
    path("ressources/<slug:slug>/", detail.resource_detail, name="resource_detail"),
    path(
        "ressources/<slug:slug>/fiche.pdf", detail.resource_sheet, name="resource_sheet"
    ),
    path("ressources/<slug:slug>/modifier/", edit.resource_edit, name="resource_edit"),
    path(
        "ressources/<slug:slug>/fichiers/",
        files.attachment_list,
        name="attachment_list",
    ),
    path(
        "ressources/<slug:slug>/fichiers/<int:pk>/retirer/",
        files.attachment_delete,
        name="attachment_delete",
    ),
]
