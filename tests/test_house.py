"""Rules of the house that no linter knows."""

import re
import subprocess
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

import maillage
from maillage.env import ASKED
from scripts import i18n

ROOT = Path(maillage.__file__).parent
TOP = ROOT.parent
CODE = [p for p in ROOT.rglob("*.py") if "migrations" not in p.parts]
CODE += [*(TOP / "scripts").glob("*.py"), *(TOP / "benchmarks").glob("*.py")]
PAGES = sorted(ROOT.rglob("templates/**/*.html"))
FRONT = sorted(
    path
    for kind in ("css", "js", "mjs", "html", "svg")
    for path in ROOT.rglob(f"*.{kind}")
)
OURS = ("portal", "directory", "catalogue", "interchange", "territories", "accounts")


# Pages that anybody may read. Adding one is a decision: say so here.
PUBLIC = {
    *("file", "thumbnail", "set_language"),
    *("account_login", "account_logout", "account_signup", "account_inactive"),
    *("account_confirm_email", "account_confirm_login_code"),
    *("account_email_verification_sent", "account_reset_password"),
    *("account_reset_password_done", "account_reset_password_from_key"),
    "account_reset_password_from_key_done",
    *("mfa_authenticate", "mfa_login_webauthn"),
    *("openid_connect_callback", "openid_connect_login"),
    *("socialaccount_login_cancelled", "socialaccount_signup"),
    *("portal:home", "portal:search", "portal:search_suggest", "portal:near"),
    *("portal:about", "portal:accessibility", "portal:legal", "portal:privacy"),
    *("portal:map", "portal:map_embed", "portal:map_points", "portal:map_list"),
    *("portal:map_cards", "portal:map_names", "portal:map_territories"),
    *("portal:robots", "portal:sitemap", "portal:sitemap_section"),
    "portal:components",
    *("territories:commune_suggest", "catalogue:host_suggest"),
    *("directory:structure_list", "directory:structure_detail"),
    *("directory:place_list", "directory:place_detail"),
    *("catalogue:resource_list", "catalogue:resource_detail"),
    *("catalogue:resource_compare", "catalogue:resource_sheet"),
    *("circulation:resource_calendar", "circulation:resource_feed"),
    *("circulation:field_worker", "circulation:field_manifest"),
    "circulation:label_show",
    *("circulation:copy_feed", "circulation:free_windows"),
    *("circulation:request_new", "circulation:request_new_theme"),
    *("circulation:season_list", "circulation:season_programme"),
    "circulation:season_inputs",
    *("agenda:event_detail", "agenda:openagenda", "agenda:event_list"),
    *("agenda:event_shortcut", "agenda:event_day", "agenda:event_week"),
    *("agenda:event_month", "agenda:event_map", "agenda:event_points"),
    *("agenda:event_map_list", "agenda:event_map_cards", "agenda:event_past"),
    *("agenda:event_ics", "agenda:event_rss", "agenda:event_calendar"),
    *("agenda:signup_new", "agenda:signup_detail", "agenda:signup_cancel"),
    *("agenda:programme_list", "agenda:programme_detail", "agenda:programme_points"),
    *("agenda:programme_paper", "agenda:programme_export", "agenda:programme_report"),
    *("agenda:programme_report_paper", "agenda:programme_report_export"),
    *("agenda:programme_attendance", "agenda:trail_list", "agenda:trail_detail"),
    *("agenda:trail_sheet", "agenda:trail_gpx", "agenda:trail_geojson"),
    *("agenda:stop_detail", "agenda:stop_suggest"),
    *("calls:call_list", "calls:call_detail", "calls:call_feed"),
    "calls:call_calendar",
    *("calls:funding_list", "calls:funding_detail", "calls:funding_export"),
    *("studio:answer_code", "studio:answer_start", "studio:answer_new"),
    *("studio:answer_thanks", "studio:project_file"),
    *("studio:work_list", "studio:work_detail"),
    *("studio:partner_call_list", "studio:partner_call_detail"),
    *("studio:grid_detail", "studio:visit_report"),
    *("observatory:home", "observatory:indicator_list"),
    *("observatory:indicator_detail", "observatory:indicator_export"),
    "observatory:indicator_map",
    *("observatory:territory_list", "observatory:territory_detail"),
    "observatory:territory_paper",
    *("surveys:survey_list", "surveys:wave_detail", "surveys:answer_start"),
    *("surveys:answer_section", "surveys:answer_save", "surveys:answer_news"),
    *("surveys:answer_review", "surveys:answer_receipt", "surveys:answer_paper"),
    "surveys:answer_reopen",
    *("surveys:result_detail", "surveys:result_cross", "surveys:result_change"),
    *("surveys:result_report", "surveys:result_file"),
    *("observatory:access_map", "observatory:access_data", "observatory:access_file"),
    *("observatory:white_zones", "observatory:white_file"),
    *("passport:offer_list", "passport:pass_new", "passport:pass_detail"),
    *("passport:pass_card", "passport:pass_manifest", "passport:pass_worker"),
    *("passport:pass_data", "passport:pass_edit", "passport:pass_reissue"),
    *("passport:pass_erase", "passport:trust_list", "passport:trust_root"),
    *("passport:batch_detail", "passport:batch_sheet", "passport:batch_close"),
    *("passport:stop_stamp", "passport:pass_trails", "passport:pass_stamp"),
    *("passport:stamps_keep", "passport:stamps_forget", "passport:pass_diploma"),
    *("passport:door", "passport:door_data", "passport:door_send"),
    *("passport:door_number", "passport:pass_visits"),
    *("passport:door_worker", "passport:door_manifest"),
    *("passport:benefit_list", "passport:benefit_map", "passport:benefit_points"),
    *("passport:benefit_map_list", "passport:benefit_map_cards"),
    *("plan:home", "plan:node_detail", "plan:action_list", "plan:action_detail"),
    *("plan:action_export", "plan:evidence_file", "plan:board", "plan:board_export"),
    *("plan:board_paper", "plan:declination_list", "plan:declination_detail"),
    *("plan:committee", "plan:meeting_detail", "plan:meeting_calendar"),
    *("plan:meeting_minutes", "plan:committee_document"),
    *("plan:decision_list", "plan:decision_export"),
    *("plan:consultation", "plan:consultation_detail"),
    *("plan:contribution_list", "plan:contribution_export"),
    *("interchange:dataset_list", "interchange:dataset_detail"),
    *("interchange:catalogue_file", "interchange:data_package"),
    *("interchange:dataset_file", "interchange:dataset_schema", "interchange:export"),
}


def here(path):
    return str(path.relative_to(TOP))


def routes(patterns, prefix=""):
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.app_name != "ninja":
            space = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from routes(pattern.url_patterns, prefix + space)
        elif isinstance(pattern, URLPattern):
            yield prefix + (pattern.name or str(pattern.pattern)), pattern.callback


def our_routes():
    return [
        (name, view)
        for name, view in routes(get_resolver().url_patterns)
        if name.partition(":")[0] in OURS
    ]


def test_only_the_pages_we_listed_are_public():
    public = {
        name
        for name, view in routes(get_resolver().url_patterns)
        if getattr(view, "login_required", True) is False
    }

    assert public == PUBLIC


def test_every_view_has_the_name_of_its_address():
    strangers = {
        name: view.__name__
        for name, view in our_routes()
        if getattr(view, "view_class", None) is None
        and view.__module__.startswith("maillage.")
        # A view may add "_page" where its bare name is that of a module or a builtin.
        and view.__name__.removesuffix("_page") != name.partition(":")[2]
    }

    assert strangers == {}


def test_every_page_has_an_address_of_its_own():
    names = [name for name, _ in our_routes()]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("page", PAGES, ids=here)
def test_no_script_or_style_inside_a_page(page):
    found = re.findall(
        r"\s(?:on[a-z]+|style)=|<script(?![^>]*(?:\bsrc=|application/(?:ld\+)?json))|<style",
        page.read_text(encoding="utf-8"),
    )

    assert found == []


@pytest.mark.parametrize("file", FRONT, ids=here)
def test_no_page_asks_another_site_for_anything(file):
    """A link that a person may follow is fine, what a browser fetches is not."""
    text = file.read_text(encoding="utf-8")
    fetched = re.findall(
        r"""(?:\bsrc|\bsrcset|\baction|\bhx-[a-z]+)\s*=\s*["'](?:https?:)?//[^"']*"""
        r"""|<link\b[^>]*\bhref\s*=\s*["'](?:https?:)?//[^"']*"""
        r"""|url\(\s*["']?(?:https?:)?//[^)]*"""
        r"""|(?:import|from|fetch\(|new URL\()\s*["'](?:https?:)?//[^"']*""",
        text,
    )

    assert fetched == []


@pytest.mark.parametrize("file", CODE, ids=here)
def test_no_file_is_longer_than_400_lines(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 400


# Where HTML is made from data, and cleaned: people's Markdown, data for search engines.
SAFE = {"maillage/core/markup.py", "maillage/core/templatetags/json_ld.py"}


@pytest.mark.parametrize("file", CODE, ids=here)
def test_html_is_declared_safe_in_two_places_and_no_signal_is_heard(file):
    text = file.read_text(encoding="utf-8")

    assert here(file) in SAFE or not re.search(r"\bmark_safe\(|\bSafeString\(", text)
    assert not re.search(r"@receiver\b|django\.dispatch", text)


def test_no_view_takes_every_row():
    """``Place.objects.all()`` is followed by an adjective, in the same expression."""
    bare = re.compile(r"\.objects\.all\(\)(?!\s*\.)")
    asked = [
        here(file)
        for file in CODE
        if "views" in file.stem or "views" in file.parts
        if bare.search(file.read_text(encoding="utf-8"))
    ]

    assert asked == []


def test_every_setting_says_what_it_is_for():
    assert all(setting.help for setting in ASKED.values())


@pytest.mark.parametrize(
    "lock", ["requirements.lock", "requirements-dev.lock", "package-lock.json"]
)
def test_a_lock_has_hashes_and_no_download_address(lock):
    text = (TOP / lock).read_text(encoding="utf-8")

    assert re.search(r"sha256:|sha512-", text)
    assert not re.search(r'"resolved"|index-url|find-links|file:/|git\+|/simple', text)
    if lock.endswith(".lock"):
        assert not re.search(r"https?://", text)


def test_both_python_locks_agree():
    def pins(name):
        text = (TOP / name).read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9._-]+)==(\S+)", text, re.MULTILINE))

    run, dev = pins("requirements.lock"), pins("requirements-dev.lock")
    assert run.items() <= dev.items()


@pytest.fixture(scope="module")
def shown():
    """Every text that goes through gettext."""
    return sorted({text for _, one, many in i18n.texts() for text in (one, many)})


def test_french_texts_have_typographic_apostrophes(shown):
    assert [text for text in shown if re.search(r"\w'\w", text)] == []


def test_no_text_is_three_dots(shown):
    assert [text for text in shown if "..." in text] == []


def test_the_words_of_the_repository_are_kept_in_it():
    """What git ignores stays out: data files, builds, compiled translations."""
    kept = subprocess.run(
        ["git", "ls-files"],
        cwd=TOP,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    assert [
        name for name in kept if re.match(r"var/|node_modules/|.*\.mo$", name)
    ] == []
