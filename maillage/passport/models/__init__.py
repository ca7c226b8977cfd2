"""The pass: who issues it, what it opens, its passages at the doors."""

from maillage.passport.models.benefits import Benefit as Benefit
from maillage.passport.models.doors import (
    CheckIn as CheckIn,
    Device as Device,
    MonthKey as MonthKey,
    Use as Use,
)
from maillage.passport.models.figures import (
    FigureRelease as FigureRelease,
    MonthFigure as MonthFigure,
)
from maillage.passport.models.issuing import (
    Batch as Batch,
    Issuer as Issuer,
    Member as Member,
    Offer as Offer,
    Pass as Pass,
    PassSeason as PassSeason,
    SigningKey as SigningKey,
)
from maillage.passport.models.settling import (
    Settlement as Settlement,
    SettlementLine as SettlementLine,
    SettlementRule as SettlementRule,
)
from maillage.passport.models.stamps import Stamp as Stamp
from maillage.passport.models.trust import (
    Revocation as Revocation,
    RootKey as RootKey,
    TrustList as TrustList,
)
