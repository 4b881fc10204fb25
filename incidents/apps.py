"""Incidents: from a clerk's report to closure."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class IncidentsConfig(AppConfig):
    name = "incidents"

    def ready(self) -> None:
        from incidents.permissions import HOLDERS
        from incidents.seed import seed_types
        from incidents.todo import things_to_do
        from secdesk.core import access, todo

        access.register(HOLDERS)
        todo.register(things_to_do)
        post_migrate.connect(seed_types, sender=self, dispatch_uid="incidents.seed_types")
