"""How allauth meets the house."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as request_context
from django.conf import settings
from django.utils import timezone

from maillage.core.context import region
from maillage.core.mail import write_mail


class AccountAdapter(DefaultAccountAdapter):
    """Mails go through the outbox, so that no mail server stops a sign-up."""

    def send_mail(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> None:
        known = {
            "request": request_context.request,
            "email": email,
            "site": region(),
            "site_url": settings.SITE_URL,
        }
        mail = self.render_mail(template_prefix, email, known | context)
        write_mail(email, subject=mail.subject, body=str(mail.body), now=timezone.now())
