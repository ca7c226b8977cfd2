"""An evaluation with its frame and an open round, for the table of addresses."""

from tests.factories.studio import (
    BudgetLineFactory,
    EvaluationFactory,
    LogicRowFactory,
    ProjectFactory,
    RoundFactory,
)

#: Addresses that only take what is sent to them.
POSTED_STUDIO = {
    "evaluation_delete", "frame_piece_delete", "round_close",
    "project_note", "project_part_delete",
}  # fmt: skip


def evaluate(structure):
    """Arguments of the addresses; names that another app has are said in full."""
    evaluation = EvaluationFactory(structure=structure)
    row = LogicRowFactory(evaluation=evaluation)
    round_ = RoundFactory(evaluation=evaluation)
    own, code = [evaluation.pk], [round_.code]
    piece = [evaluation.pk, "lignes", row.pk]
    project = ProjectFactory(lead=structure)
    line = BudgetLineFactory(project=project)
    part = [project.pk, "budget", line.pk]
    rounds = ("detail", "poster", "sheet", "close")
    return {f"studio:round_{name}": code for name in rounds} | {
        **{f"project_{name}": [project.pk] for name in ("detail", "edit", "note")},
        "project_part_new": [project.pk, "taches"],
        "project_part_edit": part,
        "project_part_delete": part,
        "project_export": [project.pk, "csv"],
        "evaluation_detail": own,
        "evaluation_edit": own,
        "evaluation_delete": own,
        "studio:round_new": own,
        "frame_piece_new": [evaluation.pk, "lignes"],
        "frame_piece_edit": piece,
        "frame_piece_delete": piece,
        "studio:round_enter": [round_.code, "avant"],
        "studio:round_export": [round_.code, "csv"],
        "studio:answer_start": code,
        "studio:answer_thanks": code,
        "studio:answer_new": [round_.code, "apres"],
    }
