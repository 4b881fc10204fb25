"""The pages of incidents through the real client: report, queue, case, moves, conflicts."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from incidents.forms import person_of_number
from incidents.models import Incident, TimelineEntry
from incidents.vocabulary import Status, TrackCode
from secdesk.core.people.models import Person
from tests.cast import City, make_person
from tests.incidents.stories import bring_to, mail_type, report
from tests.login import log_in

SENT = {"what": "案内を32人にCCで送った。", "when": "now", "about": ["mail"], "kind": "sent"}


def token_of(html: str) -> str:
    """The token of the first form on a page."""
    found = re.search(r'name="form_token" value="([^"]+)"', html)
    assert found is not None
    return found[1]


def version_of(html: str) -> str:
    """The version that a form was drawn from."""
    found = re.search(r'name="version"[^>]*value="(\d+)"', html)
    assert found is not None
    return found[1]


def page(client: Client, name: str, *args: object, status: int = 200) -> str:
    """Open a page and read it."""
    response = client.get(reverse(name, args=args))
    assert response.status_code == status
    return response.content.decode()


def test_a_clerk_reports_and_sees_the_reference(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    html = page(client, "incidents:report")
    assert "早く知らせた人が責められることはありません" in html
    response = client.post(reverse("incidents:report"), SENT | {"form_token": token_of(html)}, follow=True)
    incident = Incident.objects.get()
    assert response.redirect_chain == [(reverse("incidents:my_report", args=[incident.pk]), 302)]
    assert incident.reference in response.content.decode()


def test_the_same_form_sent_twice_makes_one_report(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["clerk"])
    form = SENT | {"form_token": token_of(page(client, "incidents:report"))}
    first, second = (client.post(reverse("incidents:report"), form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Incident.objects.count() == 1


@pytest.mark.parametrize("missing", ["what", "about"])
def test_what_is_missing_is_named_and_the_rest_kept(client: Client, cast: dict[str, Person], missing: str) -> None:
    log_in(client, cast["clerk"])
    response = client.post(reverse("incidents:report"), {k: v for k, v in SENT.items() if k != missing})
    assert response.status_code == 422
    assert missing in response.context["form"].errors
    assert not Incident.objects.exists()
    if missing == "about":
        assert SENT["what"] in response.content.decode()


@pytest.mark.parametrize("typed", ["2026-11-02", "2026/11/2", "R8.11.2", "令和8年11月2日", "Ｒ８．１１．２"])
def test_the_day_may_be_typed_in_any_notation(client: Client, cast: dict[str, Person], typed: str) -> None:
    log_in(client, cast["clerk"])
    form = SENT | {"when": "at", "noticed_at_date": typed, "noticed_at_time": "１３：４０"}
    assert client.post(reverse("incidents:report"), form).status_code == 302
    assert Incident.objects.get().noticed_at.isoformat() == "2026-11-02T04:40:00+00:00"


def test_the_reporter_and_csirt_write_to_each_other(client: Client, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"])
    log_in(client, cast["clerk"])
    html = page(client, "incidents:my_report", incident.pk)
    client.post(
        reverse("incidents:my_message", args=[incident.pk]), {"text": "添付はありません", "form_token": token_of(html)}
    )
    log_in(client, cast["csirt"])
    html = page(client, "incidents:detail", incident.pk)
    assert "添付はありません" in html
    client.post(reverse("incidents:message", args=[incident.pk]), {"text": "宛先の数を教えてください"})
    log_in(client, cast["clerk"])
    assert "宛先の数を教えてください" in page(client, "incidents:my_report", incident.pk)


def test_messages_are_not_for_the_head(client: Client, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"])
    incident.messages.create(by=cast["clerk"], from_csirt=False, text="CSIRTだけに話す", sent_at=incident.reported_at)
    log_in(client, cast["csirt"])
    assert "CSIRTだけに話す" in page(client, "incidents:detail", incident.pk)
    log_in(client, cast["head"])
    assert "CSIRTだけに話す" not in page(client, "incidents:detail", incident.pk)


def test_csirt_works_a_case_from_queue_to_closure(client: Client, cast: dict[str, Person], city: City) -> None:
    incident = report(cast["clerk"])
    log_in(client, cast["csirt"])
    assert incident.reference in page(client, "incidents:queue")
    client.post(reverse("incidents:accept", args=[incident.pk]))
    html = page(client, "incidents:detail", incident.pk)
    facts = {
        "version": version_of(html), "kind": mail_type().pk, "severity": "1", "segment": "internet",
        "owner": cast["csirt"].pk, "owning_section": city.branch.pk, "handle": "1",
    }  # fmt: skip
    assert client.post(reverse("incidents:triage", args=[incident.pk]), facts).status_code == 302
    client.post(reverse("incidents:phase", args=[incident.pk, "facts"]), {"progress": "done"})
    client.post(reverse("incidents:move", args=[incident.pk, "prevent"]))
    html = page(client, "incidents:detail", incident.pk)
    closing = {"version": version_of(html), "reason": "全員に削除を確認した"}
    for code in TrackCode:
        closing |= {f"track_{code}": "not_needed", f"why_{code}": "個人情報なし"}
    assert client.post(reverse("incidents:move", args=[incident.pk, "close"]), closing).status_code == 302
    fresh = Incident.objects.get(pk=incident.pk)
    assert (fresh.status, fresh.severity, fresh.owning_section) == (Status.DONE, 1, city.branch)
    assert "全員に削除を確認した" in page(client, "incidents:detail", incident.pk)


def test_closing_without_a_word_on_an_open_track_is_refused(client: Client, cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"]), Status.PREVENTING, by=cast["csirt"])
    log_in(client, cast["csirt"])
    version = version_of(page(client, "incidents:detail", incident.pk))
    form = {"version": version, "reason": "済み", "track_outside": "not_needed"}
    response = client.post(reverse("incidents:move", args=[incident.pk, "close"]), form)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {
        "why_outside", "track_persons", "track_publication", "track_internal",
    }  # fmt: skip
    assert Incident.objects.get(pk=incident.pk).status == Status.PREVENTING


def test_two_editors_and_the_second_gets_both_texts(client: Client, cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"]), Status.HANDLING, by=cast["csirt"])
    log_in(client, cast["csirt"])
    url = reverse("incidents:facts", args=[incident.pk])
    html = client.get(url).content.decode()
    typed = {
        "version": version_of(html), "title": "甲斐の題", "outline": "甲斐の概要", "kind": incident.kind_id,
        "severity": "2", "segment": "", "owner": cast["csirt"].pk, "owning_section": "",
        "known_at_date": "2026-11-02", "known_at_time": "10:00",
    }  # fmt: skip
    Incident.objects.filter(pk=incident.pk).update(version=99, title="河野の題")
    response = client.post(url, typed)
    assert response.status_code == 409
    html = response.content.decode()
    assert "甲斐の題" in html
    assert "河野の題" in html
    assert Incident.objects.get(pk=incident.pk).title == "河野の題"
    again = {name: value for name, value in typed.items() if name != "version"} | {"version": "99"}
    assert client.post(url, again).status_code == 302
    assert Incident.objects.get(pk=incident.pk).title == "甲斐の題"


def test_a_log_line_twice_is_one_line_and_htmx_gets_the_log_alone(client: Client, cast: dict[str, Person]) -> None:
    incident = bring_to(report(cast["clerk"]), Status.HANDLING, by=cast["csirt"])
    log_in(client, cast["csirt"])
    html = page(client, "incidents:detail", incident.pk)
    line = {"line": "0:01 電話 情報政策課から", "form_token": token_of(html)}
    for _ in range(2):
        response = client.post(reverse("incidents:log", args=[incident.pk]), line, headers={"HX-Request": "true"})
        assert "情報政策課から" in response.content.decode()
        assert "<html" not in response.content.decode()
    assert TimelineEntry.objects.filter(incident=incident).count() == 1


def test_the_poll_brings_the_timeline_alone_and_says_when_more_changed(client: Client, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"])
    log_in(client, cast["csirt"])
    url, headers = reverse("incidents:detail", args=[incident.pk]), {"HX-Request": "true", "X-Background": "1"}
    still = client.get(url, {"seen": incident.version}, headers=headers)
    assert still.content.decode().lstrip().startswith('<div id="timeline"')
    assert 'role="status"' not in still.content.decode()
    assert "HX-Request" in still["Vary"]
    Incident.objects.filter(pk=incident.pk).update(version=7)
    changed = client.get(url, {"seen": incident.version}, headers=headers)
    assert 'role="status"' in changed.content.decode()


def test_a_telephone_report_is_recorded_for_a_known_caller(client: Client, cast: dict[str, Person]) -> None:
    log_in(client, cast["csirt"])
    form = {
        "what": "端末にウイルスの警告が出た", "kind": "virus", "called_at_date": "2026-11-02",
        "called_at_time": "2:05", "known_at_date": "2026-11-02", "known_at_time": "1:50",
        "caller_number": "other_clerk", "form_token": token_of(page(client, "incidents:telephone")),
    }  # fmt: skip
    assert client.post(reverse("incidents:telephone"), form).status_code == 302
    incident = Incident.objects.get()
    assert incident.reporter == cast["other_clerk"]
    assert incident.known_at.isoformat() == "2026-11-01T16:50:00+00:00"
    log_in(client, cast["other_clerk"])
    assert incident.reference in page(client, "incidents:my_report", incident.pk)


def test_seal_by_the_page_and_take_somebody_in(client: Client, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"])
    log_in(client, cast["csirt"])
    url = reverse("incidents:team", args=[incident.pk])
    client.post(url, {"seal": "1", "member": [str(cast["csirt2"].pk)]})
    client.post(url, {"number": "adviser"})
    html = page(client, "incidents:team", incident.pk)
    for name in ("csirt", "csirt2", "adviser"):
        assert cast[name].name in html
    log_in(client, cast["head"])
    page(client, "incidents:detail", incident.pk, status=404)
    log_in(client, cast["csirt"])
    client.post(url, {"remove": "adviser"})
    client.post(reverse("incidents:unseal", args=[incident.pk]))
    log_in(client, cast["head"])
    assert incident.reference in page(client, "incidents:detail", incident.pk)


def test_the_head_of_the_csirt_lifts_the_seal_of_a_quiet_report_with_a_reason(
    client: Client, cast: dict[str, Person]
) -> None:
    incident = report(cast["clerk"], quiet=True)
    url = reverse("incidents:unseal", args=[incident.pk])
    log_in(client, cast["csirt"])
    html = page(client, "incidents:team", incident.pk)
    assert "所属長に知らせないよう" in html
    assert url not in html
    response = client.post(url, {"reason": "解決した"}, follow=True)
    assert "CSIRT責任者が理由を書いて" in response.content.decode()
    log_in(client, cast["csirt_head"])
    assert url in page(client, "incidents:team", incident.pk)
    client.post(url, {"reason": ""})
    assert Incident.objects.get().sealed
    client.post(url, {"reason": "本人の同意を得た"})
    assert not Incident.objects.get().sealed


@pytest.mark.parametrize("member", ["²", "9" * 30, "-1", "", "\0"])
def test_sealing_with_a_member_that_is_no_number(client: Client, cast: dict[str, Person], member: str) -> None:
    incident = report(cast["clerk"])
    log_in(client, cast["csirt"])
    response = client.post(reverse("incidents:team", args=[incident.pk]), {"seal": "1", "member": [member]})
    assert response.status_code == 302
    assert Incident.objects.get().sealed


def test_a_number_means_the_person_who_has_exactly_it(cast: dict[str, Person], city: City) -> None:
    lower, upper = make_person("a01", "小", city.tax), make_person("A01", "大", city.tax)
    alone = make_person("B7", "独", city.tax)
    found = {number: person_of_number(number) for number in ("a01", "A01", "b7", "c9")}
    assert found == {"a01": lower, "A01": upper, "b7": alone, "c9": None}
    twin, _other = make_person("Xy1", "一", city.tax), make_person("xY1", "二", city.tax)
    assert person_of_number("xy1") is None
    assert person_of_number("Xy1") == twin


def test_the_ciso_breaks_the_glass_by_reference(client: Client, cast: dict[str, Person]) -> None:
    incident = report(cast["clerk"], quiet=True)
    log_in(client, cast["ciso"])
    page(client, "incidents:detail", incident.pk, status=404)
    url = reverse("incidents:emergency_access")
    assert client.post(url, {"reference": "R8-9999", "reason": "x"}).status_code == 422
    assert client.post(url, {"reference": incident.reference.lower(), "reason": "市長への報告"}).status_code == 302
    assert "市長への報告" in page(client, "incidents:detail", incident.pk)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("who", ["csirt", "head", "ciso"])
def test_the_page_is_drawn_in_every_state(client: Client, cast: dict[str, Person], status: Status, who: str) -> None:
    incident = bring_to(report(cast["clerk"]), status, by=cast["csirt"])
    log_in(client, cast[who])
    html = page(client, "incidents:detail", incident.pk)
    assert ("状態を変える" in html or "受け付ける" in html or "再開" in html) == (who == "csirt")
