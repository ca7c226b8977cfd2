from django.contrib.auth.decorators import login_not_required
from django.contrib.sitemaps import views as sitemap_views
from django.urls import URLPattern, path
from django.views.decorators.cache import cache_page

from maillage.portal.urls_members import member_urls
from maillage.portal.views import home, map, pages

app_name = "portal"
SITEMAPS = {"sitemaps": pages.sitemaps()}
urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("recherche/", home.search_page, name="search"),
    path("recherche/suggestions/", home.search_suggest, name="search_suggest"),
    path("pres-de-chez-moi/", home.near, name="near"),
    path("carte/", map.map, name="map"),
    path("carte/integree/", map.map_embed, name="map_embed"),
    path("carte/points.bin", map.map_points, name="map_points"),
    path("carte/liste/", map.map_list, name="map_list"),
    path("carte/fiches/", map.map_cards, name="map_cards"),
    path("carte/territoires.json", map.map_territories, name="map_territories"),
    path("carte/noms.json", map.map_names, name="map_names"),
    path("a-propos/", pages.about, name="about"),
    path("a-propos/composants/", pages.components, name="components"),
    path("accessibilite/", pages.accessibility, name="accessibility"),
    path("mentions-legales/", pages.legal, name="legal"),
    path("confidentialite/", pages.privacy, name="privacy"),
    path("robots.txt", pages.robots, name="robots"),
    path(
        "sitemap.xml",
        login_not_required(cache_page(3600)(sitemap_views.index)),
        {**SITEMAPS, "sitemap_url_name": "portal:sitemap_section"},
        name="sitemap",
    ),
    path(
        "sitemap-<section>.xml",
        login_not_required(cache_page(3600)(sitemap_views.sitemap)),
        SITEMAPS,
        name="sitemap_section",
    ),
    *member_urls,
]
