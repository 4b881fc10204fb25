"""The ground floor: people, access, ledger, states, jobs."""

from django.apps import AppConfig
from django.core.checks import Tags
from django.core.checks import register as register_check
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "secdesk.core"
    label = "core"

    def ready(self) -> None:
        """Guard the ledger after every migrate and at every database check."""
        from secdesk.core.ledger import guards

        post_migrate.connect(guards.after_migrate, sender=self, dispatch_uid="ledger.guards")
        register_check(guards.check_guards, Tags.database)
