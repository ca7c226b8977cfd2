"""Every address of the site, from the faces down to the territories."""

from django.urls import URLPattern, URLResolver, include, path

from maillage.api.v1 import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("maillage.portal.urls")),
    path("", include("maillage.directory.urls")),
    path("", include("maillage.catalogue.urls")),
    path("", include("maillage.interchange.urls")),
    path("territoires/", include("maillage.territories.urls")),
    path("api/1/", api.urls),
    path("compte/", include("allauth.urls")),
    path("langue/", include("django.conf.urls.i18n")),
]
