"""Log-in, second factors, sessions, invitations."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "secdesk.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Make the permissions known."""
        from secdesk.accounts.permissions import HOLDERS
        from secdesk.core import access

        access.register(HOLDERS)
