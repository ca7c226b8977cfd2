"""Results that a worker computes while the agency looks on, leaves, comes back."""

import re

import pytest
from asgiref.local import Local
from django.urls import reverse
from django.utils import timezone
from django_tasks import task_backends
from django_tasks_db.management.commands.db_worker import Worker
from playwright.sync_api import expect

from maillage.surveys.models import Release
from maillage.surveys.services import releases
from tests.factories.accounts import UserFactory
from tests.surveys.results import answered_wave

BROKEN = "Le calcul a été interrompu"


@pytest.fixture
def worker(monkeypatch):
    """Tasks wait in the database, as in production; call it to do those that wait."""
    backends = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    monkeypatch.setattr(task_backends, "settings", backends)
    monkeypatch.setattr(task_backends, "_connections", Local())

    def work():
        Worker(
            queue_names=["default"], interval=0, batch=True, backend_name="default",
            startup_delay=False, max_tasks=None, worker_id="essai",
            excluded_queue_names=set(),
        ).run()  # fmt: skip

    return work


@pytest.fixture
def wave():
    return answered_wave(slug="lue", number=40, asked=40)


def asked(page, live_server, sign_in):
    """Choose two questions and ask for the computation."""
    sign_in(page, user=UserFactory(agency=True))
    page.goto(live_server.url + reverse("surveys:release_new", args=["lue"]))
    boxes = page.get_by_role("checkbox")
    for rank in range(2, boxes.count() - 1):
        boxes.nth(rank).uncheck()
    page.get_by_role("button", name="Calculer").click()
    expect(page.get_by_text("En file d’attente")).to_be_visible()
    return page.url


def away(page, worker):
    """The page is left while the worker works."""
    page.goto("about:blank")
    worker()


def test_results_wait_are_computed_and_published(
    screen, live_server, sign_in, wave, worker, faults
):
    address = asked(screen, live_server, sign_in)
    assert faults(screen) == []
    assert not screen.evaluate("document.documentElement.scrollWidth > innerWidth")
    away(screen, worker)

    screen.goto(address)
    expect(screen.get_by_text("Cases publiées")).to_be_visible()
    screen.get_by_role("button", name="Publier").click()
    expect(screen.get_by_text("Les résultats sont publiés")).to_be_visible()
    assert Release.objects.get().is_published


def test_the_page_follows_the_worker_and_opens_when_it_is_done(
    page, live_server, sign_in, wave, worker, faults
):
    asked(page, live_server, sign_in)
    told = {"done": 1, "total": 2, "what": "Quelle couleur ?"}
    Release.objects.update(state="running", progress=told, beat_at=timezone.now())
    expect(page.get_by_text(re.compile("1 questions? faites? sur 2"))).to_be_visible()
    assert faults(page) == []

    release = Release.objects.get()
    Release.objects.update(state="waiting")
    releases.compute(release.pk, run=release.run, effort=0)

    expect(page.get_by_text("Cases publiées")).to_be_visible()
    expect(page.get_by_role("button", name="Publier")).to_be_visible()


def test_a_worker_that_is_killed_is_told_and_another_takes_over(
    screen, live_server, sign_in, wave, worker, faults
):
    address = asked(screen, live_server, sign_in)
    told = {"done": 1, "total": 2, "what": "Quelle couleur ?"}
    quiet = timezone.now() - releases.SILENCE / 2
    Release.objects.update(state="running", progress=told, beat_at=quiet)
    expect(screen.get_by_text("Aucun signe du calcul depuis")).to_be_visible()
    assert faults(screen) == []

    Release.objects.update(beat_at=timezone.now() - 2 * releases.SILENCE)
    expect(screen.get_by_text(BROKEN)).to_be_visible()
    expect(screen.get_by_text("Rien n’a été publié ni changé")).to_be_visible()
    assert faults(screen) == []
    assert not screen.evaluate("document.documentElement.scrollWidth > innerWidth")

    screen.get_by_role("button", name="Relancer le calcul").click()
    expect(screen.get_by_text("En file d’attente")).to_be_visible()
    away(screen, worker)
    screen.goto(address)
    expect(screen.get_by_role("button", name="Publier")).to_be_visible()


def test_a_computation_that_breaks_says_so(
    page, live_server, sign_in, wave, worker, faults, monkeypatch
):
    address = asked(page, live_server, sign_in)

    def full(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(releases, "figures_of", full)
    away(page, worker)
    monkeypatch.undo()

    page.goto(address)
    expect(page.get_by_text(BROKEN)).to_be_visible()
    assert faults(page) == []
    page.get_by_role("button", name="Ne pas garder").click()
    expect(page.get_by_text("Ces résultats ne sont pas gardés")).to_be_visible()
    assert not Release.objects.exists()


def test_nobody_takes_it_and_the_page_says_whom_to_ask(
    plain, live_server, sign_in, wave, worker
):
    address = asked(plain, live_server, sign_in)
    Release.objects.update(beat_at=timezone.now() - releases.SILENCE)

    plain.goto(address)

    expect(plain.get_by_text("pas encore commencé")).to_be_visible()
    expect(plain.get_by_role("link", name="Actualiser")).to_be_visible()
