"""The ground floor: people, access, ledger, states, jobs."""

from django.apps import AppConfig
from django.core.checks import Tags
from django.core.checks import register as register_check
from django.db.models.signals import post_migrate, pre_migrate


class CoreConfig(AppConfig):
    name = "secdesk.core"
    label = "core"

    def ready(self) -> None:
        """Guard the ledger after every migrate and database check; make known what is unsafe, and who may what."""
        from secdesk.core import access
        from secdesk.core.desk import safety
        from secdesk.core.desk.models import Desk
        from secdesk.core.encrypted_fields import exempt_binary, register_encrypted
        from secdesk.core.ledger import guards
        from secdesk.core.ledger import permissions as ledger
        from secdesk.core.ledger.models import LedgerDetails
        from secdesk.core.lists import permissions as lists
        from secdesk.core.outbox.models import OutboxMessage
        from secdesk.core.people import permissions as people
        from secdesk.core.submissions.models import Submission
        from secdesk.core.tasks import permissions as tasks
        from secdesk.core.tasks.models import Task
        from secdesk.core.work import permissions as operation

        access.register(ledger.HOLDERS)
        access.register(lists.HOLDERS)
        access.register(people.HOLDERS)
        access.register(tasks.HOLDERS)
        access.register(operation.HOLDERS)
        pre_migrate.connect(guards.before_migrate, sender=self, dispatch_uid="ledger.guards")
        post_migrate.connect(guards.after_migrate, sender=self, dispatch_uid="ledger.guards")
        register_check(guards.check_guards, Tags.database)
        safety.register_checks()
        register_encrypted(Submission, "body", context=lambda row: row.context)
        exempt_binary(Desk, "sealed_ring", why="sealed under the recovery secret, not under the ring itself")
        exempt_binary(LedgerDetails, "salt", why="a salt beside what it salts; it dies with the details")
        register_encrypted(OutboxMessage, "secret", context=lambda row: row.secret_context)
        register_encrypted(Task, "file_key", context=lambda row: row.key_context)
