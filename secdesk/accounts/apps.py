"""Log-in, second factors, sessions, invitations."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "secdesk.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Tell the ground floor: permissions, encrypted columns, what a restore ends, whether passkeys exist."""
        from secdesk.accounts import kept_forms, sessions
        from secdesk.accounts.models import HardwareToken, Invitation, KeptForm, Passkey, Session, TotpCredential
        from secdesk.accounts.permissions import HOLDERS
        from secdesk.accounts.services.invitations import sheet_context
        from secdesk.accounts.services.sessions import end_every_session
        from secdesk.accounts.todo import things_to_do
        from secdesk.core import access, todo
        from secdesk.core.desk.backup import after_restore
        from secdesk.core.desk.safety import ask_for_passkeys
        from secdesk.core.encrypted_fields import register_encrypted

        access.register(HOLDERS)
        todo.register(things_to_do)
        after_restore(end_every_session)
        ask_for_passkeys(lambda: Passkey.objects.exists())
        register_encrypted(TotpCredential, "sealed_secret", context=lambda row: row.context)
        register_encrypted(HardwareToken, "sealed_secret", context=lambda row: row.context)
        register_encrypted(Session, "data", context=lambda row: sessions.context_of(row.key_hash))
        register_encrypted(Invitation, "sealed_sheet", context=sheet_context)
        register_encrypted(KeptForm, "data", context=lambda row: kept_forms.context_of(row.token_hash, row.person))
