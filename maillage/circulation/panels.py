"""What circulation shows on the pages of the apps below and above.

Spots: ``resource.actions``, ``resource.borrow``, ``resource.sections`` (thing: the
resource), ``structure.sections`` (the structure), ``my_space.sections``,
``agency_desk.sections`` (no thing), ``loan.sections`` (the loan).
"""

from maillage.circulation import (
    panels_board,
    panels_care,
    panels_copies,
    panels_field,
    panels_loans,
    panels_requests,
    panels_seasons,
)
from maillage.core.panels import register

for part in (
    panels_board,
    panels_care,
    panels_copies,
    panels_field,
    panels_loans,
    panels_requests,
    panels_seasons,
):
    for spot, maker in part.MAKERS:
        register(spot, maker)
