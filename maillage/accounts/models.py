"""People who sign in."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.accounts.choices import Role


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        fields |= {"role": Role.ADMINISTRATOR, "is_staff": True, "is_superuser": True}
        return self.create_user(email, password, **fields)


class User(AbstractUser):
    """A person who signs in with an e-mail address; never more data than needed."""

    username = None  # type: ignore[assignment]  # the address is the name
    first_name = None  # type: ignore[assignment]  # one field says it
    last_name = None  # type: ignore[assignment]  # one field says it
    email = models.EmailField(_("adresse e-mail"), unique=True)
    display_name = models.CharField(
        _("nom affiché"),
        max_length=80,
        blank=True,
        help_text=_("Celui que voient l’agence et les membres de vos structures."),
    )
    role = models.CharField(_("rôle"), max_length=20, choices=Role, default=Role.MEMBER)

    # Ours makes people by their address, Django's by their name.
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("personne")
        verbose_name_plural = _("personnes")

    def __str__(self) -> str:
        return self.display_name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)

    @property
    def is_agency(self) -> bool:
        """May moderate: the agency and the administrators."""
        return self.role in {Role.AGENCY, Role.ADMINISTRATOR}

    @property
    def is_observer(self) -> bool:
        """May read what the agency reads: Region and State."""
        return self.role == Role.OBSERVER

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR
