"""One row that says what this desk is."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Desk(models.Model):
    """The desk's identity. Made at the first start; its mode never changes, its name by `setup_desk`."""

    class Mode(models.TextChoices):
        PRODUCTION = "production", _("Production")
        DEMO = "demo", _("Demonstration")

    THE_ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONLY)
    mode = models.CharField(max_length=10, choices=Mode)
    organisation = models.CharField(_("organisation"), max_length=80, blank=True)
    contact = models.CharField(_("office in charge"), max_length=80, blank=True)
    # Shown before log-in: whom to call when the desk itself cannot be reached.
    phones = models.JSONField(_("emergency telephone numbers"), default=list, blank=True)  # [label, number, note]
    rp_id = models.CharField(max_length=253, blank=True)  # name passkeys are bound to; empty until setup_desk
    ring_fingerprint = models.CharField(max_length=32)  # of the key ring that opens this database
    sealed_ring = models.BinaryField()  # opened by both halves of the recovery sheet together, by nothing else
    created_at = models.DateTimeField(auto_now_add=True)
    set_up_at = models.DateTimeField(null=True, blank=True)

    ledger_open = True
    ledger_fields = frozenset({"mode", "organisation", "contact", "phones", "rp_id", "ring_fingerprint"})

    class Meta:
        constraints = (models.CheckConstraint(name="desk_one_row", condition=Q(id=1)),)

    def __str__(self) -> str:
        return self.organisation or "secdesk"

    @property
    def ledger_label(self) -> str:
        """Name of the organisation."""
        return self.organisation
