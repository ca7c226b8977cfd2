"""A questionnaire with a frozen version and a draft, for the table of addresses and roles."""

import datetime as dt

from maillage.surveys.services.questionnaires import (
    create_questionnaire,
    declare_break,
    freeze,
    new_version,
    replace_definition,
)
from tests.surveys.definitions import a_definition

NOW = dt.datetime(2026, 9, 14, 9, tzinfo=dt.UTC)
#: Addresses that only take what is sent.
POSTED = {
    "version_new", "version_freeze", "break_delete", "questionnaire_import_apply",
    "builder_add", "builder_move", "builder_duplicate", "builder_preview",
}  # fmt: skip


def write(by):
    """Arguments of the addresses."""
    made = create_questionnaire(name="Acteurs", by=by, now=NOW)
    first = made.versions.get()
    replace_definition(first, a_definition(), revision=1, by=by, now=NOW)
    freeze(first, by=by, now=NOW)
    draft = new_version(made, by=by, now=NOW)
    broken = declare_break(draft, code="nom", reason="x", by=by, now=NOW)
    of_one = ("questionnaire_detail questionnaire_edit questionnaire_import builder "
              "questionnaire_import_apply builder_preview builder_add builder_move "
              "builder_duplicate builder_delete version_new").split()  # fmt: skip
    of_draft = "version_freeze version_delete break_new version_diff".split()
    return {
        **{name: [made.slug] for name in of_one},
        **{name: [made.slug, draft.number] for name in of_draft},
        "version_detail": [made.slug, first.number],
        "version_export": [made.slug, first.number, "xlsx"],
        "break_delete": [made.slug, draft.number, broken.pk],
    }
