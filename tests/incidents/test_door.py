"""Who reaches which incident: the whole cast, open and sealed."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from incidents.models import Incident
from incidents.permissions import IncidentPerm
from incidents.services import life, sealing
from secdesk.core.ledger.models import LedgerEntry
from secdesk.core.people.models import Person, RoleAssignment
from secdesk.core.people.roles import Role
from secdesk.core.states import Conflict
from tests.cast import SINCE, City
from tests.incidents.stories import bring_to, report
from tests.login import log_in

WIDE = {"csirt", "csirt2", "csirt_head", "ciso", "deputy_ciso", "chief", "privacy"}


def _seeing(cast: dict[str, Person], incident: Incident, perm: IncidentPerm = IncidentPerm.VIEW) -> set[str]:
    return {
        name
        for name, person in cast.items()
        if Incident.objects.allowed(Person.objects.get(pk=person.pk), perm).filter(pk=incident.pk).exists()
    }


def test_an_open_incident_before_triage(cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"])
    assert _seeing(cast, incident) == WIDE | {"head", "bureau_head"}
    assert _seeing(cast, incident, IncidentPerm.OWN_REPORT) == {"clerk"}
    assert _seeing(cast, incident, IncidentPerm.WORK) == {"csirt", "csirt2", "csirt_head"}


def test_an_open_incident_that_another_section_owns(cast: dict[str, Person], city: City) -> None:
    incident = bring_to(report(cast["clerk"]), "checking", by=cast["csirt"])
    life.change_facts(incident, by=cast["csirt"], values={"owning_section": city.tax})
    assert _seeing(cast, incident) == WIDE | {"head", "other_head", "other_bureau_head"}
    assert _seeing(cast, incident, IncidentPerm.LOG) == {"csirt", "csirt2", "csirt_head", "other_head"}


def test_helper_and_head_of_the_owning_section_see_and_log(cast: dict[str, Person], city: City) -> None:
    incident = bring_to(report(cast["other_clerk"]), "checking", by=cast["csirt"])
    life.change_facts(incident, by=cast["csirt"], values={"owning_section": city.branch})
    assert {"head", "helper", "bureau_head"} <= _seeing(cast, incident)
    assert _seeing(cast, incident, IncidentPerm.LOG) == {"csirt", "csirt2", "csirt_head", "head", "helper"}


def test_an_organs_contact_point_sees_its_organ(cast: dict[str, Person], city: City) -> None:
    incident = bring_to(report(cast["clerk"]), "checking", by=cast["csirt"])
    assert "link" not in _seeing(cast, incident)
    life.change_facts(incident, by=cast["csirt"], values={"owning_section": city.school})
    assert "link" in _seeing(cast, incident)


def test_a_quiet_report_is_sealed_from_its_first_row(cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], quiet=True)
    assert incident.sealed
    team = {"csirt", "csirt2", "csirt_head"}
    assert _seeing(cast, incident) == team
    assert _seeing(cast, incident, IncidentPerm.WORK) == team
    assert _seeing(cast, incident, IncidentPerm.OWN_REPORT) == {"clerk"}


def test_a_quiet_report_passes_by_heads_ciso_and_administrators(cast: dict[str, Person], city: City) -> None:
    RoleAssignment.objects.create(person=cast["csirt2"], role=Role.ADMIN, starts_on=SINCE)
    RoleAssignment.objects.create(person=cast["csirt_head"], role=Role.SECTION, department=city.ict, starts_on=SINCE)
    RoleAssignment.objects.create(person=cast["ciso"], role=Role.CSIRT, starts_on=SINCE)
    assert _seeing(cast, report(Person.objects.get(number="office"), quiet=True)) == {"csirt"}


def test_where_every_member_is_an_administrator_they_stay(cast: dict[str, Person]) -> None:
    for name in ("csirt", "csirt2", "csirt_head"):
        RoleAssignment.objects.create(person=cast[name], role=Role.ADMIN, starts_on=SINCE)
    assert _seeing(cast, report(cast["clerk"], quiet=True)) == {"csirt", "csirt2", "csirt_head"}


def test_a_quiet_report_that_nobody_could_see_is_refused(cast: dict[str, Person]) -> None:
    RoleAssignment.objects.filter(role__in=[Role.CSIRT, Role.CSIRT_HEAD]).delete()
    with pytest.raises(sealing.NoTeam):
        report(cast["clerk"], quiet=True)
    assert not Incident.objects.exists()


def test_sealing_later_withdraws_it_at_once_and_unsealing_gives_it_back(cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"]), "checking", by=cast["csirt"])
    before = _seeing(cast, incident)
    sealing.seal(incident, by=cast["csirt"], members=[cast["privacy"]])
    assert _seeing(cast, incident) == {"csirt", "privacy"}
    assert _seeing(cast, incident, IncidentPerm.WORK) == {"csirt"}
    sealing.unseal(incident, by=cast["csirt"])
    assert _seeing(cast, incident) == before
    assert not incident.grants.exists()


@pytest.mark.parametrize(("name", "reason"), [("csirt", "解決した"), ("csirt_head", " "), ("head", "見たい")])
def test_the_seal_of_a_quiet_report_is_not_lifted_by_one_member(
    cast: dict[str, Person], name: str, reason: str
) -> None:
    incident = report(cast["clerk"], quiet=True)
    with pytest.raises(sealing.QuietReport):
        sealing.unseal(incident, by=cast[name], reason=reason)
    assert Incident.objects.get().sealed
    assert "head" not in _seeing(cast, incident)


@pytest.mark.parametrize("who", ["head", "bureau_head", "ciso", "deputy_ciso", "admin"])
def test_a_member_cannot_name_whom_the_reporter_wanted_to_be_kept_from(who: str, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], quiet=True)
    with pytest.raises(sealing.QuietReport):
        sealing.add_member(incident, cast[who], by=cast["csirt"])
    assert not Incident.objects.visible_to(cast[who]).exists()
    sealing.add_member(incident, cast["privacy"], by=cast["csirt"])  # anybody else may be named
    sealing.add_member(incident, cast[who], by=cast["csirt_head"])
    assert Incident.objects.visible_to(Person.objects.get(pk=cast[who].pk)).exists()


def test_the_team_page_says_why_the_head_is_not_named(client: Client, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], quiet=True)
    log_in(client, cast["csirt"])
    response = client.post(reverse("incidents:team", args=[incident.pk]), {"number": "head"})
    assert response.status_code == 422
    assert "CSIRT責任者" in response.content.decode()
    assert not Incident.objects.visible_to(cast["head"]).exists()


def test_a_head_of_the_csirt_outside_the_team_does_not_lift_the_seal_of_a_quiet_report(
    cast: dict[str, Person],
) -> None:
    incident = report(cast["clerk"], quiet=True)
    sealing.remove_member(incident, cast["csirt_head"], by=cast["csirt"])
    with pytest.raises(sealing.QuietReport):
        sealing.unseal(incident, by=cast["csirt_head"], reason="本人の同意")


def test_sealing_takes_the_case_from_an_owner_outside_the_team(cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"]), "checking", by=cast["csirt"])
    sealing.seal(incident, by=cast["csirt2"])
    incident.refresh_from_db()
    assert incident.owner is None


def test_leaving_the_team_gives_the_case_back(cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"], quiet=True), "checking", by=cast["csirt"])
    sealing.remove_member(incident, cast["csirt2"], by=cast["csirt_head"])
    assert incident.owner == cast["csirt"]
    sealing.remove_member(incident, cast["csirt"], by=cast["csirt_head"])
    incident.refresh_from_db()
    assert incident.owner is None


def test_team_members_come_and_go(cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], quiet=True)
    sealing.add_member(incident, cast["system_staff"], by=cast["csirt"])
    assert "system_staff" in _seeing(cast, incident)
    assert "system_staff" in _seeing(cast, incident, IncidentPerm.LOG)
    assert "system_staff" not in _seeing(cast, incident, IncidentPerm.WORK)
    for name in ("system_staff", "csirt2", "csirt_head"):
        sealing.remove_member(incident, cast[name], by=cast["csirt"])
    assert _seeing(cast, incident) == {"csirt"}
    with pytest.raises(sealing.NoTeam):
        sealing.remove_member(incident, cast["csirt"], by=cast["csirt"])
    assert _seeing(cast, incident) == {"csirt"}


def test_an_open_incident_takes_no_team(cast: dict[str, Person]) -> None:
    with pytest.raises(Conflict):
        sealing.add_member(report(cast["clerk"]), cast["auditor"], by=cast["csirt"])


def test_membership_by_role_ends_with_the_role(cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], quiet=True)
    RoleAssignment.objects.filter(person=cast["csirt2"]).delete()
    assert _seeing(cast, incident) == {"csirt", "csirt_head"}


def test_a_session_for_staff_only_reaches_no_sealed_incident(cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], quiet=True)
    member = Person.objects.get(number="csirt")
    assert Incident.objects.visible_to(member).filter(pk=incident.pk).exists()
    member.limited_to_staff = True  # type: ignore[attr-defined]
    assert not Incident.objects.visible_to(member).exists()


def test_breaking_the_glass_leaves_two_entries_and_a_line(cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], quiet=True)
    assert "ciso" not in _seeing(cast, incident)
    before = LedgerEntry.objects.count()
    sealing.break_glass(incident.reference, by=cast["ciso"], reason="市長への報告のため")
    assert "ciso" in _seeing(cast, incident)
    assert "ciso" not in _seeing(cast, incident, IncidentPerm.WORK)
    events = list(LedgerEntry.objects.order_by("id").values_list("event", flat=True)[before:])
    assert events[:2] == ["incident.glass_broken", "incident.team_joined"]
    assert incident.timeline.get().text == "市長への報告のため"
    RoleAssignment.objects.filter(person=cast["ciso"]).delete()
    assert "ciso" not in _seeing(cast, incident)


@pytest.mark.parametrize("name", ["head", "admin", "csirt", "chief", "clerk"])
def test_only_ciso_and_deputy_break_the_glass(cast: dict[str, Person], name: str) -> None:
    incident = report(cast["clerk"], quiet=True)
    with pytest.raises(Incident.DoesNotExist):
        sealing.break_glass(incident.reference, by=cast[name], reason="x")


def test_an_owner_must_be_able_to_work_on_it(cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"], quiet=True), "checking", by=cast["csirt"])
    sealing.remove_member(incident, cast["csirt2"], by=cast["csirt"])
    for person in (cast["csirt2"], cast["clerk"]):
        with pytest.raises(life.NotOfTheTeam):
            life.change_facts(incident, by=cast["csirt"], values={"owner": person})
