"""One factor re-opens a locked session, or is shown again before a dangerous act."""

from __future__ import annotations

from secdesk.accounts.factor_rules import needs_strong_factor
from secdesk.accounts.models.factors import Method
from secdesk.accounts.services.limits import TooManyAttempts
from secdesk.accounts.services.passwords import verified_person
from secdesk.accounts.services.second_factor import CHECKS, MethodNotAllowed, verify_code
from secdesk.core.people.models import Person

PASSWORD = "password"  # noqa: S105 (a name, not a secret)


def proves(person: Person, method: str, proof: str, *, device_cookie: str) -> bool:
    """Whether `proof` is the person's password or a code of one of their methods; limits and record as at log-in.

    The password alone is nothing for roles that need a strong factor: it may have been looked over their shoulder.
    """
    if method == PASSWORD:
        if needs_strong_factor(person):
            return False
        return verified_person(person.number, proof, device_cookie=device_cookie) == person
    try:
        return Method(method) in CHECKS and verify_code(person, Method(method), proof, device_cookie=device_cookie)
    except (TooManyAttempts, MethodNotAllowed):
        return False
