from django.urls import path

from maillage.directory.urls_people import people_urls
from maillage.directory.views import detail, edit, lists

app_name = "directory"
urlpatterns = [
    path("structures/", lists.structure_list, name="structure_list"),
    path("structures/proposer/", edit.structure_new, name="structure_new"),
    path(
        "structures/proposer/noms/", lists.structure_suggest, name="structure_suggest"
    ),
    path("structures/<slug:slug>/", detail.structure_detail, name="structure_detail"),
    path(
        "structures/<slug:slug>/modifier/", edit.structure_edit, name="structure_edit"
    ),
    *people_urls,
    path("lieux/", lists.place_list, name="place_list"),
    path("lieux/proposer/", edit.place_new, name="place_new"),
    path("lieux/<slug:slug>/", detail.place_detail, name="place_detail"),
    path("lieux/<slug:slug>/modifier/", edit.place_edit, name="place_edit"),
]
