"""What was answered: each answer by itself, beside what the platform had computed."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.directory.models import Structure
from maillage.surveys.choices import EntryMode, ResponseState, UpdateState
from maillage.surveys.models.questionnaires import Questionnaire
from maillage.surveys.models.waves import Unit


class Response(models.Model):
    """The sheet of one respondent; made when the population is drawn."""

    unit = models.OneToOneField(Unit, models.CASCADE, related_name="response")
    state = models.CharField(
        _("état"),
        max_length=10,
        choices=ResponseState,
        default=ResponseState.WAITING,
        db_index=True,
    )
    mode = models.CharField(
        _("mode de saisie"), max_length=10, choices=EntryMode, default=EntryMode.WEB
    )
    #: Rises with each change of an answer: pages that are open ask what is newer.
    revision = models.PositiveIntegerField(_("révision"), default=0)
    started_at = models.DateTimeField(_("commencée le"), null=True, blank=True)
    changed_at = models.DateTimeField(_("modifiée le"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("envoyée le"), null=True, blank=True)
    submitted_by = models.CharField(_("envoyée par"), max_length=120, blank=True)
    accepted_at = models.DateTimeField(_("acceptée le"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    note = models.TextField(_("note de l’agence"), blank=True)
    #: The section where the respondent was last.
    place = models.CharField(_("section en cours"), max_length=60, blank=True)
    checked_at = models.DateTimeField(_("saisie vérifiée le"), null=True, blank=True)
    checked_by = models.CharField(_("saisie vérifiée par"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("réponse")

    def __str__(self) -> str:
        return str(self.unit)

    @property
    def counts(self) -> bool:
        """It is among the answers that results are made of."""
        return self.state in {ResponseState.SUBMITTED, ResponseState.ACCEPTED}


class Answer(models.Model):
    """The value of one question; ``instance`` is the key of a row of a repeated group.

    ``prefilled`` is what the platform had computed, with its source and day, kept beside
    what the respondent says: ``{"value", "source", "at", "rows": […]}``. A value that
    could not be read stays as it was typed; it cannot be sent. ``is_counted`` is set when
    the response is sent: the question applied, and was answered.
    """

    response = models.ForeignKey(Response, models.CASCADE, related_name="answers")
    question = models.CharField(_("question"), max_length=60)
    instance = models.CharField(_("ligne"), max_length=40, blank=True)
    value = models.JSONField(_("valeur"), null=True)
    prefilled = models.JSONField(_("valeur proposée"), null=True)
    is_confirmed = models.BooleanField(_("confirmée ou donnée"), default=False)
    #: The themes that the agency gave to a free text.
    themes = models.JSONField(_("thèmes du texte"), default=list, blank=True)
    revision = models.PositiveIntegerField(_("révision"), default=1)
    #: The revision of the response at which it changed last.
    at_revision = models.PositiveIntegerField(_("révision de la fiche"), default=0)
    is_counted = models.BooleanField(_("compte dans les résultats"), default=False)
    changed_at = models.DateTimeField(_("modifiée le"))
    changed_by = models.CharField(_("par"), max_length=120, blank=True)
    #: The open page that wrote it: what one page writes is never beside itself.
    page = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("réponse à une question")
        constraints = [
            models.UniqueConstraint(
                name="answer_is_one_a_question",
                fields=["response", "question", "instance"],
            ),
        ]
        indexes = [models.Index(fields=["question"], name="answer_question")]

    def __str__(self) -> str:
        return f"{self.question} : {self.value}"


class RepeatRow(models.Model):
    """One row of a repeated group: an exhibition that one owns, or a partner of the year."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="rows")
    group = models.CharField(_("groupe"), max_length=60)
    key = models.CharField(_("clé"), max_length=40)
    rank = models.PositiveSmallIntegerField(_("rang"), default=0)
    is_removed = models.BooleanField(_("retirée"), default=False)
    #: What the platform knows it as, when it proposed the row itself.
    label = models.CharField(_("nom"), max_length=200, blank=True)
    url = models.CharField(_("page"), max_length=300, blank=True)
    at_revision = models.PositiveIntegerField(_("révision de la fiche"), default=0)

    class Meta:
        verbose_name = _("ligne d’un groupe répété")
        ordering = ["response", "group", "rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="repeat_row_key_is_unique", fields=["response", "group", "key"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} {self.rank}"


class AnswerChange(models.Model):
    """What an answer was before each change: nothing that was typed is lost.

    ``was_beside``: not what it was, but what somebody typed at the same time; it waits
    for a choice as long as its ``revision`` is that of the answer.
    """

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="changes")
    revision = models.PositiveIntegerField(_("révision"))
    value = models.JSONField(_("valeur"), null=True)
    #: The change came from a page that had not seen the one before.
    was_beside = models.BooleanField(_("écrite en même temps"), default=False)
    changed_at = models.DateTimeField(_("le"))
    changed_by = models.CharField(_("par"), max_length=120, blank=True)
    page = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = _("modification d’une réponse")
        ordering = ["answer", "pk"]

    def __str__(self) -> str:
        return f"{self.answer} r{self.revision}"


class DirectoryUpdate(models.Model):
    """An answer that may update the directory, field by field, once consented."""

    response = models.ForeignKey(Response, models.CASCADE, related_name="updates")
    question = models.CharField(_("question"), max_length=60)
    field = models.CharField(_("champ de l’annuaire"), max_length=60)
    before = models.JSONField(_("avant"), null=True)
    after = models.JSONField(_("après"), null=True)
    state = models.CharField(
        _("état"), max_length=10, choices=UpdateState, default=UpdateState.ASKED
    )
    decided_at = models.DateTimeField(_("décidé le"), null=True, blank=True)
    decided_by = models.CharField(_("par"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("mise à jour de l’annuaire")
        constraints = [
            models.UniqueConstraint(
                name="update_is_one_a_field", fields=["response", "field"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response} {self.field}"

    @property
    def label(self) -> str:
        """What the directory calls the field."""
        field: Any = Structure._meta.get_field(self.field)
        return str(field.verbose_name)


class TextTheme(models.Model):
    """A theme that the agency reads in free answers to a question."""

    questionnaire = models.ForeignKey(
        Questionnaire, models.CASCADE, related_name="text_themes"
    )
    question = models.CharField(_("question"), max_length=60)
    code = models.SlugField(_("code"), max_length=60)
    label = models.CharField(_("libellé"), max_length=120)
    #: Words that make the platform propose this theme.
    words = models.TextField(_("mots qui le font proposer"), blank=True)

    class Meta:
        verbose_name = _("thème de réponses libres")
        ordering = ["question", "label"]
        constraints = [
            models.UniqueConstraint(
                name="text_theme_code_is_unique",
                fields=["questionnaire", "question", "code"],
            ),
        ]

    def __str__(self) -> str:
        return self.label
