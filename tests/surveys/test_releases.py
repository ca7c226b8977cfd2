"""Making results: told how far it is, started again, published, withdrawn."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.accounts.choices import Role
from maillage.core.errors import Refused
from maillage.surveys.choices import ReleaseState, WaveState
from maillage.surveys.models import Answer, Release
from maillage.surveys.results.shown import published_releases
from maillage.surveys.services import releases, waves
from maillage.surveys.services.comparing import told
from maillage.surveys.services.results import published
from tests.factories.accounts import UserFactory
from tests.surveys.results import answered_wave, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def agency():
    return UserFactory(role=Role.AGENCY)


@pytest.fixture
def wave():
    return answered_wave(slug="lue", number=30, asked=30)


def waiting(wave, agency, *, questions=("colour",), now=None):
    now = now or timezone.now()
    tables = {"questions": [*questions], "crossings": [], "panel": False}
    made = releases.prepare(wave, tables=tables, by=agency, now=now)
    return releases.start(made, by=agency, now=now)


def compute(release):
    return releases.compute(release.pk, run=release.run, effort=0)


def detail(release):
    return reverse("surveys:release_detail", args=[release.wave.slug, release.number])


def decide(release, client, **data):
    url = reverse("surveys:release_decide", args=[release.wave.slug, release.number])
    return client.post(url, data, follow=True)


def test_a_computation_tells_how_far_it_is(wave, agency, monkeypatch):
    seen = []
    made = waiting(wave, agency, questions=["active", "colour", "mark"])
    whole = releases.figures_of

    def spied(release, found, *, effort, tell):
        def heard(done, total, what):
            tell(done, total, what)
            row = Release.objects.get(pk=made.pk)
            seen.append((row.progress["done"], row.progress["total"], row.figures))

        return whole(release, found, effort=effort, tell=heard)

    monkeypatch.setattr(releases, "figures_of", spied)
    done = compute(made)
    assert seen == [(0, 3, {}), (1, 3, {}), (2, 3, {})]
    assert done.state == ReleaseState.DONE
    assert done.progress == {}
    assert done.figures["families"]


def test_a_run_that_was_replaced_writes_nothing(wave, agency):
    first = waiting(wave, agency)
    later = timezone.now() + dt.timedelta(hours=1)
    second = releases.start(first, by=agency, now=later)
    assert releases.compute(first.pk, run=first.run) is None
    assert not Release.objects.get(pk=first.pk).figures
    assert compute(second).figures["families"]


def test_results_replaced_while_they_are_computed_leave_nothing(
    wave, agency, monkeypatch
):
    made = waiting(wave, agency)

    def replaced(release, found, *, effort, tell):
        Release.objects.filter(pk=release.pk).delete()
        tell(0, 1, "colour")

    monkeypatch.setattr(releases, "figures_of", replaced)
    assert compute(made) is None
    assert not Release.objects.exists()


def test_a_computation_that_fails_says_so_and_may_be_started_again(
    wave, agency, client, monkeypatch
):
    made = waiting(wave, agency)

    def broken(*args, **kwargs):
        raise MemoryError

    whole = releases.figures_of
    monkeypatch.setattr(releases, "figures_of", broken)
    with pytest.raises(MemoryError):
        compute(made)
    monkeypatch.setattr(releases, "figures_of", whole)
    client.force_login(agency)
    assert "Le calcul a été interrompu" in client.get(detail(made)).content.decode()
    with pytest.raises(Refused):
        releases.publish(Release.objects.get(), by=agency, now=timezone.now())
    again = releases.start(made, by=agency, now=timezone.now())
    assert compute(again).state == ReleaseState.DONE


def test_a_computation_whose_process_died_is_told_lost(wave, agency, client):
    made = waiting(wave, agency)
    Release.objects.update(
        state=ReleaseState.RUNNING, progress={"done": 2, "total": 5, "what": "Couleur"}
    )
    client.force_login(agency)
    page = client.get(detail(made)).content.decode()
    assert "2 questions faites sur 5" in page
    assert "Aucun signe du calcul" not in page
    Release.objects.update(beat_at=timezone.now() - releases.SILENCE / 2)
    page = client.get(detail(made)).content.decode()
    assert "Aucun signe du calcul depuis 90 secondes" in page
    with pytest.raises(Refused) as no:
        releases.start(made, by=agency, now=timezone.now())
    assert no.value.code == "busy"
    Release.objects.update(beat_at=timezone.now() - releases.SILENCE * 2)
    page = client.get(detail(made)).content.decode()
    assert "Le programme qui calculait s’est arrêté" in page
    decide(made, client, verb="start")
    assert Release.objects.get().run != made.run


def test_a_computation_that_nobody_takes_says_whom_to_ask(wave, agency, client):
    made = waiting(wave, agency)
    client.force_login(agency)
    assert "pas encore commencé" not in client.get(detail(made)).content.decode()

    Release.objects.update(beat_at=timezone.now() - releases.SILENCE)

    page = client.get(detail(made)).content.decode()
    assert "Demandé il y a 3 minutes, pas encore commencé" in page


def test_the_piece_of_the_page_leads_to_the_whole_when_it_is_done(wave, agency, client):
    made = compute(waiting(wave, agency))
    client.force_login(agency)
    answer = client.get(detail(made), headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == detail(made)


def test_results_are_withdrawn_with_a_reason_that_everybody_reads(wave, agency, client):
    release = tell(wave, questions=["colour"])
    client.force_login(agency)
    page = decide(release, client, verb="withdraw", why=" ")
    assert "Dites pourquoi" in page.content.decode()
    assert published(wave) == release
    decide(
        release, client, verb="withdraw", why="Une structure a été comptée deux fois."
    )
    client.logout()
    public = client.get(reverse("surveys:result_detail", args=["lue"]))
    assert public.status_code == 410
    assert "comptée deux fois" in public.content.decode()
    for name in ("result_cross", "result_report"):
        assert client.get(reverse(f"surveys:{name}", args=["lue"])).status_code == 404
    assert client.get("/api/1/enquetes/lue").status_code == 404
    assert published_releases() == []
    wave.refresh_from_db()
    assert wave.state == WaveState.CLOSED


def test_what_was_withdrawn_is_still_known(wave, agency):
    """New results take its cells; other answers are told no more."""
    first = tell(wave, questions=["colour"])
    now = timezone.now()
    releases.withdraw(first, why="Erreur", by=agency, now=now)
    assert published(wave) is None
    assert told(wave) == first
    second = tell(wave, questions=["colour", "active"])
    assert second.figures["families"]["colour"] == first.figures["families"]["colour"]
    releases.withdraw(second, why="Encore", by=agency, now=now)
    with pytest.raises(Refused) as no:
        waves.reopen_wave(
            wave, closes_on=now.date() + dt.timedelta(9), by=agency, today=now.date()
        )
    assert no.value.code == "told"
    Answer.objects.filter(question="colour").first().delete()
    with pytest.raises(Refused) as no:
        tell(wave, questions=["colour"])
    assert no.value.code == "changed"


def test_withdrawn_results_are_not_published_again(wave, agency):
    release = tell(wave, questions=["colour"])
    now = timezone.now()
    release = releases.withdraw(release, why="Erreur", by=agency, now=now)
    with pytest.raises(Refused) as no:
        releases.publish(release, by=agency, now=now)
    assert no.value.code == "withdrawn"
    with pytest.raises(Refused) as no:
        releases.withdraw(release, why="Encore", by=agency, now=now)
    assert no.value.code == "state"


def test_the_agency_sees_the_page_before_it_is_published(wave, agency, client):
    made = compute(waiting(wave, agency))
    url = reverse("surveys:release_preview", args=["lue", made.number])
    client.force_login(UserFactory(role=Role.OBSERVER))
    assert client.get(url).status_code == 403
    client.force_login(agency)
    page = client.get(url).content.decode()
    assert "Aperçu, pour l’agence seulement" in page
    assert "Quelle couleur" in page


@pytest.mark.parametrize(
    ("state", "weights", "words"),
    [
        ("open", False, "Clore l’édition"),
        ("closed", False, "Garder les poids"),
        ("closed", True, "Préparer des résultats"),
    ],
)
def test_the_tab_says_what_comes_first(wave, agency, client, state, weights, words):
    if not weights:
        wave.units.update(weight=None)
    wave.state = state
    wave.save()
    client.force_login(agency)
    page = client.get(reverse("surveys:release_list", args=["lue"])).content.decode()
    assert words in page
    assert 'aria-current="page">Résultats' in page


def test_the_tab_lists_what_was_made(wave, agency, client):
    tell(wave, questions=["colour"])
    waiting(wave, agency, questions=["active"])
    client.force_login(agency)
    page = client.get(reverse("surveys:release_list", args=["lue"])).content.decode()
    assert page.index("Résultats nᵒ 2") < page.index("Résultats nᵒ 1")
    assert "calcul en cours" in page
    assert "publiés" in page
