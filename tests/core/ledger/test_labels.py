"""The ledger speaks in words: everything an entry may speak of has a name."""

from __future__ import annotations

from django.apps import apps

from secdesk.accounts.models.factors import Method
from secdesk.core.ledger.labels import TARGETS, VALUES


def test_every_target_has_a_name() -> None:
    targets = {model._meta.label_lower for model in apps.get_models() if hasattr(model, "ledger_label")}
    assert targets
    assert targets - set(TARGETS) == set()


def test_every_means_of_authentication_has_a_name() -> None:
    assert {method.value for method in Method} - set(VALUES["method"]) == set()
