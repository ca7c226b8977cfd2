"""What circulation shows on the pages of the apps below and above.

Spots: ``resource.actions``, ``resource.borrow``, ``resource.sections`` (thing: the
resource), ``structure.sections`` (the structure), ``my_space.sections``,
``agency_desk.sections`` (no thing).
"""

from maillage.circulation import panels_copies, panels_requests
from maillage.core.panels import Maker

MAKERS: list[tuple[str, Maker]] = [
    *panels_copies.MAKERS,
    *panels_requests.MAKERS,
]
