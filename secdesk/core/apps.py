"""The ground floor: people, access, ledger, states, jobs."""

from django.apps import AppConfig
from django.core.checks import Tags
from django.core.checks import register as register_check
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "secdesk.core"
    label = "core"

    def ready(self) -> None:
        """Make the ground floor's permissions known; guard the ledger after every migrate and database check."""
        from secdesk.core import access
        from secdesk.core.ledger import guards
        from secdesk.core.lists import permissions as lists
        from secdesk.core.people import permissions as people

        post_migrate.connect(guards.after_migrate, sender=self, dispatch_uid="ledger.guards")
        register_check(guards.check_guards, Tags.database)

        access.register(lists.HOLDERS)
        access.register(people.HOLDERS)
