"""What an app wants compiled before anybody waits for it.

An app has a module ``warming`` that registers its functions; ``compilekernels`` loads
these modules and runs them. Compiled code is kept for all processes of the site.
"""

from collections.abc import Callable

from django.utils.module_loading import autodiscover_modules

Warmer = Callable[[], None]
_warmers: list[Warmer] = []


def register(*warmers: Warmer) -> None:
    """Add what is to be compiled, the most awaited first."""
    _warmers.extend(one for one in warmers if one not in _warmers)


def warm_kernels() -> None:
    """Compile what all apps have registered."""
    autodiscover_modules("warming")
    for one in _warmers:
        one()
