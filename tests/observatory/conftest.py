import pytest

from maillage.territories.choices import DensityClass
from tests.factories.directory import PlaceFactory
from tests.factories.territories import CommuneFactory, DepartmentFactory, EpciFactory


@pytest.fixture
def region():
    """Lille with a museum, Villeneuve beside it, and the far Hirson with nothing."""
    lille = CommuneFactory(lille=True, density_class=DensityClass.DENSE)
    near = CommuneFactory(
        insee="59009", name="Villeneuve-d’Ascq", lon=3.14, lat=50.63, population=60_000
    )
    far = CommuneFactory(
        insee="02381", name="Hirson", lon=4.08, lat=49.92, population=40_000,
        department=DepartmentFactory(code="02", name="Aisne"),
        epci=EpciFactory(siren="240200444", name="Trois Rivières"),
    )  # fmt: skip
    PlaceFactory(
        name="Muséum", kind="museum", commune=lille, lon=3.06, lat=50.63,
        themes=["life"], audiences=[],
    )  # fmt: skip
    return lille, near, far
