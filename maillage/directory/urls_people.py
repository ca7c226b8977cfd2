"""Addresses of claims, teams and invitations."""

from django.urls import URLPattern, path

from maillage.directory.views import people

people_urls: list[URLPattern] = [
    path(
        "structures/<slug:slug>/revendiquer/",
        people.structure_claim,
        name="structure_claim",
    ),
    path(
        "structures/<slug:slug>/equipe/", people.structure_team, name="structure_team"
    ),
    path(
        "structures/<slug:slug>/equipe/quitter/", people.team_leave, name="team_leave"
    ),
    path(
        "structures/<slug:slug>/equipe/<int:pk>/",
        people.team_member,
        name="team_member",
    ),
    path(
        "structures/<slug:slug>/equipe/<int:pk>/retirer/",
        people.team_member_remove,
        name="team_member_remove",
    ),
    path(
        "structures/<slug:slug>/invitations/<int:pk>/annuler/",
        people.invitation_cancel,
        name="invitation_cancel",
    ),
    path(
        "invitations/<str:token>/", people.invitation_accept, name="invitation_accept"
    ),
]
