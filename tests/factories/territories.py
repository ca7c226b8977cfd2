"""Territories: each commune has its own spot, a few kilometres from the one before."""

import datetime as dt

import factory
from factory.django import DjangoModelFactory

from maillage.territories.choices import DensityClass
from maillage.territories.models import Commune, Department, Epci
from maillage.territories.names import fold_place


class DepartmentFactory(DjangoModelFactory):
    class Meta:
        model = Department
        django_get_or_create = ["code"]

    code = "59"
    name = "Nord"


class EpciFactory(DjangoModelFactory):
    class Meta:
        model = Epci
        django_get_or_create = ["siren"]

    siren = "200093201"
    name = "Métropole européenne de Lille"
    kind = "ME"
    communes_in_region = 95
    communes_total = 95
    valid_on = dt.date(2025, 1, 1)


class CommuneFactory(DjangoModelFactory):
    class Meta:
        model = Commune
        django_get_or_create = ["insee"]

    class Params:
        lille = factory.Trait(
            insee="59350",
            name="Lille",
            slug="lille",
            postal_codes="59000 59260 59777 59800",
            population=236_710,
            lon=3.0586,
            lat=50.6366,
        )
        amiens = factory.Trait(
            insee="80021",
            name="Amiens",
            slug="amiens",
            department=factory.SubFactory(DepartmentFactory, code="80", name="Somme"),
            epci=None,
            postal_codes="80000 80080 80090",
            population=133_625,
            lon=2.3023,
            lat=49.8941,
        )

    insee = factory.Sequence(lambda n: f"{59700 + n:05d}")
    name = factory.Sequence(lambda n: f"Villeneuve {n}")
    slug = factory.LazyAttribute(lambda row: f"{row.name.lower().replace(' ', '-')}")
    department = factory.SubFactory(DepartmentFactory)
    epci = factory.SubFactory(EpciFactory)
    postal_codes = "59999"
    population = 1000
    area_km2 = 10.0
    density_class = DensityClass.RURAL
    lon = factory.Sequence(lambda n: 2.5 + (n % 100) * 0.01)
    lat = 50.4
    search_name = factory.LazyAttribute(lambda row: fold_place(row.name))
    valid_on = dt.date(2025, 1, 1)
