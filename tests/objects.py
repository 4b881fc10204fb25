"""One object for each id that stands in a URL, for the tests that walk all URLs.

`@url_object("incident_id")` registers a maker; `@url_object("core:view_forget savedview_id")` one for that
URL alone. A maker gets the cast and returns the object (or the value for the URL); it is called once a test.
Own section means the branch office: clerk, colleague, helper, head, and bureau_head above them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.utils import timezone

from incidents.models import Incident
from secdesk.accounts.models import Attestation, HardwareToken, Invitation, Passkey, Session, TotpCredential
from secdesk.accounts.services.attestations import ask
from secdesk.accounts.services.invitations import invite
from secdesk.core.lists.models import SavedView
from secdesk.core.people.models import Person
from secdesk.core.tasks.models import Task
from tests.incidents.stories import bring_to, report
from tests.login import enrol, log_in

Cast = dict[str, Person]
_makers: dict[str, Callable[[Cast], Any]] = {}


def url_object(key: str) -> Callable[[Callable[[Cast], Any]], Callable[[Cast], Any]]:
    """Register the maker of one URL argument."""

    def decorate(maker: Callable[[Cast], Any]) -> Callable[[Cast], Any]:
        _makers[key] = maker
        return maker

    return decorate


class UrlObjects:
    """Objects of one test, made when first asked for."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.made: dict[str, Any] = {}

    def value(self, url_name: str, argument: str) -> Any:
        """What stands in the URL for `argument`. Raises KeyError with advice when nobody makes it."""
        key = f"{url_name} {argument}" if f"{url_name} {argument}" in _makers else argument
        if key not in _makers:
            raise KeyError(f"{url_name} needs an object for {argument}: add a maker to tests/objects.py")
        if key not in self.made:
            made = _makers[key](self.cast)
            self.made[key] = getattr(made, "pk", made)
        return self.made[key]


@url_object("savedview_id")
def _saved_view(cast: Cast) -> SavedView:
    return SavedView.objects.create(person=cast["clerk"], list_name="people", name="view", query="")


@url_object("session_id")
def _session(cast: Cast) -> Any:
    """The clerk's session on another device."""
    log_in(Client(), cast["clerk"])
    return Session.objects.filter(person=cast["clerk"]).latest("pk")


@url_object("task_id")
def _task(cast: Cast) -> Task:
    """Long work of the clerk's, waiting."""
    return Task.objects.create(kind="none", owner=cast["clerk"], created_at=timezone.now())


@url_object("incident_id")
def _incident(cast: Cast) -> Incident:
    """Reported by the clerk, being handled, owned by nobody's section yet."""
    return bring_to(report(cast["clerk"]), "handling", by=cast["csirt"])


@url_object("incidents:move name")
def _move(cast: Cast) -> str:
    return "prevent"


@url_object("incidents:phase code")
def _phase(cast: Cast) -> str:
    return "facts"


@url_object("incidents:track code")
def _track(cast: Cast) -> str:
    return "outside"


@url_object("section_id")
def _section(cast: Cast) -> Any:
    return cast["clerk"].department


@url_object("enrollee_id")
def _enrollee(cast: Cast) -> Person:
    """Somebody of the branch who has not registered."""
    return cast["not_enrolled"]


@url_object("invitation_id")
def _invitation(cast: Cast) -> Invitation:
    """A slip that nobody handed over yet."""
    return invite(cast["not_enrolled"], Invitation.Kind.SLIP, cast["helper"])


@url_object("attestation_id")
def _attestation(cast: Cast) -> Attestation:
    """The clerk has lost the phone."""
    return ask(cast["clerk"], Attestation.Kind.LOST, browser="b")


@url_object("kind")
def _kind(cast: Cast) -> str:
    return Attestation.Kind.LOST.value


@url_object("passkey_id")
def _passkey(cast: Cast) -> Passkey:
    return Passkey.objects.create(person=cast["clerk"], name="key", webauthn_id="AAAA", public_key="AAAA")


@url_object("totpcredential_id")
def _app(cast: Cast) -> TotpCredential:
    return enrol(cast["clerk"])


@url_object("hardwaretoken_id")
def _token(cast: Cast) -> HardwareToken:
    token = HardwareToken(serial="WALK-1")
    token.seal(bytes(20))
    token.save()
    return token
