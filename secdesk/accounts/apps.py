"""Log-in, second factors, sessions, invitations."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "secdesk.accounts"
    label = "accounts"
