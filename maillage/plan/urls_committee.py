"""Addresses of the committee: who sits, meetings, votes, decisions."""

from django.urls import URLPattern, path

from maillage.plan.views import committee, meetings, meetings_desk, votes

AGENCY = "agence/comite/"
SEAT = f"{AGENCY}mandats/<int:pk>/"
MEETING = f"{AGENCY}seances/<int:pk>/"
ITEM = f"{MEETING}points/<int:item>/"

urlpatterns: list[URLPattern] = [
    path("plan/comite/", committee.committee_page, name="committee"),
    path("plan/comite/seances/<int:pk>/", meetings.meeting_detail, name="meeting_detail"),
    path("plan/comite/seances/<int:pk>/seance.ics", meetings.meeting_calendar, name="meeting_calendar"),
    path("plan/comite/seances/<int:pk>/compte-rendu.pdf", meetings.meeting_minutes, name="meeting_minutes"),
    path("plan/comite/documents/<int:pk>/", meetings.committee_document, name="committee_document"),
    path("plan/comite/decisions/", meetings.decision_list, name="decision_list"),
    path("plan/comite/decisions.<str:form>", meetings.decision_export, name="decision_export"),
    path(AGENCY, committee.committee_desk, name="committee_desk"),
    path(f"{AGENCY}mandats.<str:form>", committee.mandate_export, name="mandate_export"),
    path(f"{AGENCY}sieges/<int:pk>/proposer/", committee.mandate_new, name="mandate_new"),
    path(SEAT, committee.mandate_detail, name="mandate_detail"),
    path(f"{SEAT}modifier/", committee.mandate_edit, name="mandate_edit"),
    path(f"{SEAT}reponse/", committee.mandate_answer, name="mandate_answer"),
    path(f"{SEAT}fin/", committee.mandate_end, name="mandate_end"),
    path(f"{SEAT}retirer/", committee.mandate_withdraw, name="mandate_withdraw"),
    path(f"{AGENCY}<slug:code>/seance/", meetings_desk.meeting_new, name="meeting_new"),
    path(f"{MEETING}modifier/", meetings_desk.meeting_edit, name="meeting_edit"),
    path(f"{MEETING}etape/<str:step>/", meetings_desk.meeting_step, name="meeting_step"),
    path(f"{MEETING}ordre-du-jour/", meetings_desk.meeting_items, name="meeting_items"),
    path(f"{MEETING}documents/", meetings_desk.document_add, name="document_add"),
    path(f"{AGENCY}documents/<int:pk>/", meetings_desk.document_change, name="document_change"),
    path(ITEM, meetings_desk.item_edit, name="item_edit"),
    path(f"{ITEM}ordre/", meetings_desk.item_move, name="item_move"),
    path(f"{ITEM}deport/", meetings_desk.item_recuse, name="item_recuse"),
    path(f"{ITEM}vote/", votes.vote_count, name="vote_count"),
    path(f"{ITEM}vote-nominal/", votes.vote_names, name="vote_names"),
    path(f"{AGENCY}votes/<int:pk>/effacer/", votes.vote_drop, name="vote_drop"),
    path(f"{MEETING}presence/", votes.meeting_sheet, name="meeting_sheet"),
    path(f"{MEETING}compte-rendu/", votes.minutes_edit, name="minutes_edit"),
    path(f"{MEETING}approbation/", votes.minutes_approve, name="minutes_approve"),
    path(f"{MEETING}decision/", votes.decision_new, name="decision_new"),
    path(f"{AGENCY}decisions/<int:pk>/", votes.decision_follow, name="decision_follow"),
]  # fmt: skip
