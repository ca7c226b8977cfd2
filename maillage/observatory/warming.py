"""Access and siting: compiled before the first page of them is opened."""

from maillage.core.warming import register
from maillage.observatory.services.warming import warm_access, warm_siting

register(warm_access, warm_siting)
