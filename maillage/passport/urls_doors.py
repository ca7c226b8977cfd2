"""Addresses of the doors: the page that checks passes, and its devices."""

from django.urls import URLPattern, path

from maillage.passport.views import devices, door_files, doors

urlpatterns: list[URLPattern] = [
    path("controle/", doors.door, name="door"),
    path("controle/donnees.json", doors.door_data, name="door_data"),
    path("controle/envoi/", doors.door_send, name="door_send"),
    path("controle/numero/", doors.door_number, name="door_number"),
    path("controle/sw.js", doors.door_worker, name="door_worker"),
    path("controle/manifeste.webmanifest", doors.door_manifest, name="door_manifest"),
    path("controle/appareils/", devices.device_list, name="device_list"),
    path("controle/appareils/<slug:slug>/", devices.device_place, name="device_place"),
    path(
        "controle/appareils/<slug:slug>/fichier/",
        door_files.device_file,
        name="device_file",
    ),
    path(
        "controle/appareils/<slug:slug>/<int:pk>/retirer/",
        devices.device_revoke,
        name="device_revoke",
    ),
]
