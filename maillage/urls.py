"""Every address of the site, from the faces down to the territories."""

from django.contrib.auth.decorators import login_not_required
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from maillage.api.v1 import api
from maillage.core.views import file_show, resume

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("maillage.portal.urls")),
    path("", include("maillage.directory.urls")),
    path("", include("maillage.agenda.urls")),
    path("", include("maillage.circulation.urls")),
    path("", include("maillage.passport.urls")),
    path("", include("maillage.catalogue.urls")),
    path("", include("maillage.surveys.urls")),
    path("", include("maillage.calls.urls")),
    path("", include("maillage.studio.urls")),
    path("", include("maillage.observatory.urls")),
    path("", include("maillage.plan.urls")),
    path("", include("maillage.interchange.urls")),
    path("territoires/", include("maillage.territories.urls")),
    path("api/1/", api.urls),
    path("compte/reprendre/", resume, name="resume"),
    path("compte/", include("allauth.urls")),
    path("fichiers/<int:side>/<path:name>", file_show, name="thumbnail"),
    path("fichiers/<path:name>", file_show, name="file"),
    path("langue/", login_not_required(set_language), name="set_language"),
]

handler400 = "maillage.core.views.bad_request"
