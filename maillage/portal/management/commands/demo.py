import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone
from tqdm import tqdm

from maillage.agenda import demo as agenda, demo_feeds, demo_programmes, demo_trails
from maillage.calls import demo_calls, demo_reviews
from maillage.circulation import demo as circulation
from maillage.core.serving import make_ready, pending_migrations
from maillage.observatory import demo as observatory, demo_equity as equity
from maillage.passport import demo as passport
from maillage.plan import demo as plan, demo_governance as governance
from maillage.portal import demo
from maillage.studio import demo as studio
from maillage.surveys import demo as surveys
from maillage.territories.models import Commune
from maillage.territories.services import load_territories

BAR = "{desc:<24} {bar:30} {n_fmt}/{total_fmt} {elapsed}"
DOING = {
    "check": "Vérification", "write": "Écriture", "publish": "Publication",
    "circulate": "Exemplaires et prêts",
}  # fmt: skip


class Command(BaseCommand):
    help = "Load the region and demonstration data, then serve the site."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-serve", action="store_true", help="only load")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, help="port; else PORT, else 8000")

    def handle(
        self, *, no_serve: bool, host: str, port: int | None, **options: Any
    ) -> None:
        if pending_migrations():
            call_command("migrate", interactive=False, verbosity=0)
        make_ready(say=self.stdout.write)
        if not all(
            part.is_ready()
            for part in (
                demo,
                agenda,
                demo_programmes,
                demo_feeds,
                circulation,
                surveys,
                observatory,
                equity,
                passport,
                demo_calls,
                studio,
                demo_reviews,
                plan,
                governance,
            )
        ):
            self.load()
        self.stdout.write(self.accounts())
        if not no_serve:
            call_command("serve", host=host, port=port)

    def load(self) -> None:
        """Load everything, with one bar that says what it is doing."""
        bar: tqdm[Any] = tqdm(file=sys.stderr, leave=False, bar_format=BAR)

        def progress(what: str, done: int, total: int) -> None:
            if (bar.desc, bar.total) != (f"{DOING[what]}: ", total):
                bar.reset(total)
                bar.set_description(DOING[what])
            bar.update(done - bar.n)

        with bar:
            bar.set_description("Communes et contours")
            if not Commune.objects.exists():
                load_territories(settings.REGION_DATA)
            demo.load_actors(
                settings.REGION_DATA,
                source=settings.REGION,
                now=timezone.now(),
                progress=progress,
            )
            demo.make_demo_accounts(now=timezone.now())
            circulation.load_circulation(
                settings.REGION_DATA, now=timezone.now(), progress=progress
            )
            bar.set_description("Agenda")
            agenda.load_events(now=timezone.now())
            demo_programmes.load_programmes(now=timezone.now())
            demo_trails.load_trails(
                settings.REGION_DATA, source=settings.REGION, now=timezone.now()
            )
            demo_feeds.load_feeds(now=timezone.now())
            surveys.load_surveys()
            bar.set_description("Indicateurs")
            observatory.load_observatory(settings.REGION_DATA, now=timezone.now())
            equity.load_equity(now=timezone.now())
            passport.load_passport(now=timezone.now())
            observatory.load_pass(now=timezone.now())
            demo_calls.load_calls(now=timezone.now())
            studio.load_studio(now=timezone.now())
            demo_reviews.load_reviews(settings.REGION_DATA, now=timezone.now())
            plan.load_plan_demo(settings.REGION_DATA, now=timezone.now())
            governance.load_governance_demo(settings.REGION_DATA, now=timezone.now())

    def accounts(self) -> str:
        lines = [f"  {a.email:<28} {a.is_what}" for a in demo.ACCOUNTS]
        head = f"Comptes de démonstration (mot de passe : {demo.PASSWORD})"
        return "\n".join([head, *lines])
