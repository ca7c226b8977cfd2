"""Self-assessments, peer visits and a plan to try; all of it is invented."""

import datetime as dt
from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.accounts.models import User
from maillage.core.choices import State
from maillage.core.slugs import save_with_slug
from maillage.directory.models import Structure
from maillage.studio.assessment_choices import (
    ImprovementState,
    PeerState,
    PointKind,
    VisitState,
)
from maillage.studio.grids import Book, current_grid
from maillage.studio.models import (
    OVERALL,
    AssessmentAnswer,
    Improvement,
    ImprovementNote,
    PeerVisit,
    SelfAssessment,
    VisitAnswer,
    VisitPoint,
    VisitReviewer,
    VisitSlot,
)

#: Levels in the order of the grid: two years ago, this year, and what peers saw.
FORMER = (2, 1, 1, 2, 2, 1, 3, 2, 2, 2, 1, 2, 3, 1, 1, 1, 2)
LATER = (3, 2, 1, 2, 3, 2, 3, 3, 2, 2, 2, 3, 3, 2, 2, 1, 3)
PEERS = (3, 1, 1, 2, 2, 1, 3, 3, 2, 2, 1, 2, 4, 1, 1, 1, 2)
OTHER = (2, 2, 2, 3, 3, 2, 4, 3, 3, 2, 2, 2, 2, 3, 2, 2, 2)


def load_assessments(structure: Structure, *, now: dt.datetime) -> None:
    """Two self-assessments of a structure, its visit and plan; a visit that it makes."""
    former = assess(structure, FORMER, now=now - dt.timedelta(700))
    assess(structure, LATER, now=now - dt.timedelta(60))
    visit = visit_done(former, now=now)
    improve(structure, visit, now=now)
    peer = User.objects.filter(email="responsable@exemple.fr").first()
    if peer:
        visit_to_make(peer, structure, now=now)


def assess(
    structure: Structure, levels: Sequence[int], *, now: dt.datetime
) -> SelfAssessment:
    row = SelfAssessment.objects.create(
        grid=current_grid(now=now),
        structure=structure,
        is_example=True,
        started_at=now - dt.timedelta(12),
        finished_at=now,
    )
    slugs = list(Book(row.grid.definition).standards)
    AssessmentAnswer.objects.bulk_create(
        AssessmentAnswer(
            assessment=row, standard=slug, level=level, revision=1,
            comment=COMMENTS.get(slug, lambda: "")(), changed_at=now,
        )
        for slug, level in zip(slugs, levels, strict=False)
    )  # fmt: skip
    AssessmentAnswer.objects.create(
        assessment=row,
        standard=OVERALL,
        comment=_(
            "Nous savons animer et travailler avec d’autres. Nous mesurons peu, et "
            "nous allons surtout où l’on nous appelle."
        ),
        revision=1,
        changed_at=now,
    )
    return row


COMMENTS = {
    "mission": lambda: _("Le texte a été relu par l’équipe en janvier."),
    "accueil": lambda: _("Deux ateliers sont prévus pour les personnes malvoyantes."),
    "equilibre": lambda: _("Trois communes sur dix n’ont jamais rien reçu de nous."),
    "mesurer": lambda: _("Une seule action a un questionnaire avant et après."),
}


def visit_done(assessment: SelfAssessment, *, now: dt.datetime) -> PeerVisit:
    """A visit whose report is final and public."""
    day = timezone.localdate(now) - dt.timedelta(400)
    at = now - dt.timedelta(370)
    visit = PeerVisit.objects.create(
        assessment=assessment,
        state=VisitState.FINAL,
        aim=_("Comment toucher les communes où nous n’allons pas ?"),
        starts_on=day,
        ends_on=day + dt.timedelta(2),
        asked_at=at - dt.timedelta(120),
        sent_at=at - dt.timedelta(14),
        reply_due_on=timezone.localdate(at) + dt.timedelta(7),
        reply=_("Merci. Le chiffre des classes est de 41, et non de 31."),
        replied_at=at - dt.timedelta(4),
        final_at=at,
        published_at=at + dt.timedelta(3),
        is_example=True,
    )
    add_programme(visit, day=day)
    rows = Structure.objects.published().exclude(pk=assessment.structure_id)
    for rank, home in enumerate(rows.filter(is_example=True).order_by("pk")[:2]):
        VisitReviewer.objects.create(
            visit=visit, structure=home, is_lead=rank == 0, invited_at=at,
            state=PeerState.ACCEPTED,
        )  # fmt: skip
    slugs = list(Book(assessment.grid.definition).standards)
    VisitAnswer.objects.bulk_create(
        VisitAnswer(visit=visit, standard=slug, level=level, revision=1, changed_at=at)
        for slug, level in zip(slugs, PEERS, strict=False)
    )
    VisitAnswer.objects.create(
        visit=visit, standard=OVERALL, revision=1, changed_at=at,
        comment=_("Une équipe chaleureuse, des ateliers où les enfants cherchent vraiment. Le lien avec les communes rurales reste à faire."),
    )  # fmt: skip
    for kind, standard, text in (
        (PointKind.COMMENDATION, "demarche", _("Les enfants se trompent, discutent et recommencent : c’est rare et précieux.")),
        (PointKind.COMMENDATION, "partenaires", _("Les malles sont prêtées volontiers, et bien documentées.")),
        (PointKind.RECOMMENDATION, "equilibre", _("Réserver une part du programme aux communes où rien n’a lieu.")),
        (PointKind.RECOMMENDATION, "ressources", _("Calculer le coût d’un atelier, préparation comprise.")),
        (PointKind.RECOMMENDATION, "ameliorer", _("Écrire les remarques des enseignants et décider ce qu’on en fait.")),
    ):  # fmt: skip
        VisitPoint.objects.create(visit=visit, kind=kind, standard=standard, text=text)
    return visit


def improve(structure: Structure, visit: PeerVisit, *, now: dt.datetime) -> None:
    """An action that is done, one that is late, one under way."""
    today = timezone.localdate(now)
    owner = User.objects.filter(memberships__structure=structure).order_by("pk").first()
    points = {one.standard: one for one in visit.points.all()}
    for label, standard, days, state, note in (
        (_("Quatre ateliers par an dans des communes sans offre"), "equilibre", -30, ImprovementState.DOING, _("Deux communes ont dit oui.")),
        (_("Une feuille de coût par atelier"), "ressources", -200, ImprovementState.DONE, _("La feuille est remplie pour les six ateliers.")),
        (_("Un questionnaire avant et après pour la Nuit des étoiles"), "mesurer", 75, ImprovementState.TODO, ""),
    ):  # fmt: skip
        action = Improvement.objects.create(
            structure=structure, label=label, standard=standard,
            point=points.get(standard), owner=owner, state=state,
            due_on=today + dt.timedelta(days), is_example=True,
            created_at=now - dt.timedelta(340),
        )  # fmt: skip
        if note:
            ImprovementNote.objects.create(
                improvement=action, text=note, state=state, by=owner,
                at=now - dt.timedelta(abs(days)),
            )  # fmt: skip


def visit_to_make(peer: User, home: Structure, *, now: dt.datetime) -> None:
    """A visit in which the manager of the demonstration is a peer."""
    other = Structure(
        name=_("Musée des mesures de démonstration"),
        kind="museum",
        state=State.DRAFT,
        is_example=True,
    )
    save_with_slug(other)
    row = assess(other, OTHER, now=now - dt.timedelta(25))
    day = timezone.localdate(now) + dt.timedelta(9)
    visit = PeerVisit.objects.create(
        assessment=row,
        state=VisitState.PLANNED,
        aim=_("Nos visiteurs reviennent peu : que changer à l’accueil ?"),
        starts_on=day,
        ends_on=day + dt.timedelta(1),
        asked_at=now - dt.timedelta(20),
        is_example=True,
    )
    VisitReviewer.objects.create(
        visit=visit, user=peer, structure=home, is_lead=True,
        state=PeerState.ACCEPTED, invited_at=now - dt.timedelta(15),
    )  # fmt: skip
    add_programme(visit, day=day)


def add_programme(visit: PeerVisit, *, day: dt.date) -> None:
    """The same first day for each visit."""
    VisitSlot.objects.bulk_create(
        VisitSlot(
            visit=visit,
            day=day,
            starts_at=dt.time(hour),
            label=label,
            people=people,
        )
        for hour, label, people in (
            (9, _("Accueil et tour des salles"), _("l’équipe")),
            (11, _("Un atelier avec une classe"), _("la médiatrice")),
            (14, _("Ce que les pairs ont vu, à chaud"), _("la direction")),
        )
    )
