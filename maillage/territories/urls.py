from django.urls import path

from maillage.territories import views

app_name = "territories"
urlpatterns = [path("communes/", views.commune_suggest, name="commune_suggest")]
