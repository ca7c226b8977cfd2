"""Pages for a role: others get a 403 that says whom to ask."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from maillage.accounts.http import Request
from maillage.accounts.models import User

P = ParamSpec("P")
View = Callable[Concatenate[Request, P], HttpResponse]


def only(allowed: Callable[[User], bool]) -> Callable[[View[P]], View[P]]:
    """A view for the people of whom ``allowed`` is true."""

    def decorator(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(
            request: Request, *args: P.args, **kwargs: P.kwargs
        ) -> HttpResponse:
            if not allowed(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return cast("View[P]", guarded)

    return decorator


def agency_only(view: View[P]) -> View[P]:
    """For those who decide: the agency and the administrators."""
    return only(lambda user: user.is_agency)(view)


def agency_readers(view: View[P]) -> View[P]:
    """For those who may read what the agency reads: Region and State, too."""
    return only(lambda user: user.is_agency or user.is_observer)(view)


def administrator_only(view: View[P]) -> View[P]:
    return only(lambda user: user.is_administrator)(view)
