"""People."""

import factory
from factory.django import DjangoModelFactory

from maillage.accounts.choices import Role
from maillage.accounts.models import User

PASSWORD = "une phrase assez longue"


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        agency = factory.Trait(role=Role.AGENCY)
        observer = factory.Trait(role=Role.OBSERVER)
        administrator = factory.Trait(role=Role.ADMINISTRATOR)

    email = factory.Sequence(lambda n: f"personne{n}@example.org")
    display_name = factory.Sequence(lambda n: f"Personne {n}")
    role = Role.MEMBER
    password = factory.django.Password(PASSWORD)
