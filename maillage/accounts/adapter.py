"""How allauth meets the house."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Mails speak of our site; people are named by their address."""
