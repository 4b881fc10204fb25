"""Every binary column is either rotated with the keys or says why not."""

from django.apps import apps
from django.db.models import BinaryField

from secdesk.core.encrypted_fields import encrypted_fields, exempt_fields


def test_every_binary_column_is_registered_or_exempt() -> None:
    columns = {
        (model, field.name)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, BinaryField)
    }
    known = {(field.model, field.name) for field in encrypted_fields()}
    # New column? Its app's ready(): register_encrypted(...) when it is under the key ring, else exempt_binary(...).
    assert known | set(exempt_fields()) == columns
    assert not known & set(exempt_fields())
