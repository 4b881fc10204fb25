"""The ground floor: people, access, ledger, states, jobs."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "secdesk.core"
    label = "core"
