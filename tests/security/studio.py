"""An evaluation with its frame and an open round, for the table of addresses."""

from django.utils import timezone

from tests.factories.studio import (
    BudgetLineFactory,
    EvaluationFactory,
    FileVersionFactory,
    LogicRowFactory,
    PartnerAnswerFactory,
    PartnerCallFactory,
    ProjectFactory,
    RoundFactory,
)

#: Addresses that only take what is sent to them.
POSTED_STUDIO = {
    "evaluation_delete", "frame_piece_delete", "round_close",
    "project_note", "project_part_delete", "project_publish", "project_ask",
    "project_agree", "project_task_finish", "project_file_audience",
    "project_file_delete", "partner_call_close", "partner_answer_withdraw",
    "partner_answer_decide",
}  # fmt: skip


def evaluate(structure):
    """Arguments of the addresses; names that another app has are said in full."""
    evaluation = EvaluationFactory(structure=structure)
    row = LogicRowFactory(evaluation=evaluation)
    round_ = RoundFactory(evaluation=evaluation)
    own, code = [evaluation.pk], [round_.code]
    piece = [evaluation.pk, "lignes", row.pk]
    project = ProjectFactory(lead=structure, open=True)
    line = BudgetLineFactory(project=project)
    part = [project.pk, "budget", line.pk]
    task = project.tasks.create(label="Dessiner", due_on=timezone.localdate())
    version = FileVersionFactory(file__project=project, file__audience="public")
    to_file = [project.pk, version.file_id]
    call = PartnerCallFactory(project=project)
    ours = PartnerAnswerFactory(structure=structure)
    rounds = ("detail", "poster", "sheet", "close")
    return {f"studio:round_{name}": code for name in rounds} | {
        **{
            f"project_{name}": [project.pk]
            for name in ("detail", "edit", "note", "publish", "ask", "file_new")
        },
        "project_agree": [project.pk, project.partners.get().pk],
        "project_task_finish": [project.pk, task.pk],
        "project_file": [version.pk],
        **{
            f"project_file_{name}": to_file
            for name in ("version", "audience", "delete")
        },
        "work_detail": [project.pk],
        "partner_call_new": [project.pk],
        **{f"partner_call_{name}": [call.pk] for name in ("detail", "edit", "close")},
        "partner_answer_new": [call.pk],
        "partner_answer_withdraw": [ours.pk],
        "partner_answer_decide": [PartnerAnswerFactory(call=call).pk],
        "project_part_new": [project.pk, "taches"],
        "project_part_edit": part,
        "project_part_delete": part,
        "project_export": [project.pk, "partenaires", "csv"],
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
