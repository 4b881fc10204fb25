"""Stories of past incidents, for tests and benchmarks: many, plausible, the same for the same seed."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence

from incidents.history import Act, Logged, Moved, PhaseMoved, Story, TrackEnded, Triage
from incidents.models import IncidentType
from incidents.services.reporting import Report
from incidents.vocabulary import PHASES, Concern, Progress, ReportedAs, Segment, Severity, TrackCode, TrackState
from secdesk.core.people.models import Department, Person

WHAT = (
    "講座の案内メールを、宛先をCCに入れたまま{n}人に送った。すぐに気付いた。",
    "会議の資料を{n}部、会場に置き忘れた。取りに戻ったが見当たらない。",
    "請求書を装ったメールの添付を開いた。画面に変わったところはない。",
    "地域計画のPDFで、氏名{n}件を確認できる状態のまま公開していた。",
    "窓口で、別の方の証明書を渡した。その場で気付いて回収した。",
    "公用スマートフォンが見当たらない。最後に使ったのは昨日の夕方。",
    "予約システムが止まっている。市民からの電話が{n}件。",
    "保守用のPCを盗まれたと、委託先から連絡があった。",
)


def stories(
    count: int,
    *,
    reporters: Sequence[Person],
    csirt: Sequence[Person],
    sections: Sequence[Department],
    until: dt.datetime,
    days: int,
    seed: int = 1,
    weights: Sequence[float] | None = None,
    long: bool = True,
) -> Iterator[Story]:
    """`count` stories over `days` days up to `until`, oldest first; `weights` say how busy each section is.

    `long` ones go on to whatever end; the others stop at triage.
    """
    rng = random.Random(seed)
    kinds = list(IncidentType.objects.filter(is_active=True))
    step = dt.timedelta(days=days) / max(count, 1)
    for place in range(count):
        at = until - step * (count - place) + dt.timedelta(seconds=rng.randrange(60))
        reporter = rng.choice(reporters)
        section = rng.choices(sections, weights)[0] if weights else rng.choice(sections)
        yield Story(
            report=Report(
                what=rng.choice(WHAT).format(n=rng.randint(1, 400)),
                noticed_at=at - dt.timedelta(minutes=rng.randint(1, 900)),
                concerns=rng.sample([concern.value for concern in Concern], rng.randint(1, 3)),
                reported_as=rng.choice(["", *ReportedAs.values]),
                phone="5566",
            ),
            by=reporter,
            at=at,
            department=reporter.department,
            acts=tuple(_acts(rng, at, rng.choice(csirt), section, rng.choice(kinds), long)),
        )


def _acts(
    rng: random.Random, at: dt.datetime, by: Person, section: Department, kind: IncidentType, long: bool
) -> Iterator[Act]:
    clock = iter(at + dt.timedelta(minutes=11 * n) for n in range(1, 60))
    fate = rng.random()
    if fate < 0.05:
        return  # nobody has accepted it yet
    yield Moved(next(clock), by, "accept")
    values = {
        "kind": kind,
        "severity": rng.choices(list(Severity), [60, 25, 10, 5])[0],
        "segment": rng.choice(list(Segment)),
        "owner": by,
        "owning_section": section,
    }
    yield Triage(next(clock), by, values)
    if not long or fate < 0.15:
        return
    yield Logged(next(clock), by, "所管課に電話。課長に事実確認を依頼した。")
    if fate < 0.3:
        yield Moved(next(clock), by, "near" if fate < 0.25 else "void", "確認の結果")
        return
    yield Moved(next(clock), by, "handle")
    for code in PHASES[kind.category]:
        yield PhaseMoved(next(clock), by, code.value, Progress.DOING)
        if fate > 0.4:
            yield PhaseMoved(next(clock), by, code.value, Progress.DONE)
    if fate < 0.5:
        return
    yield Moved(next(clock), by, "prevent")
    for track in TrackCode:
        if track == TrackCode.INTERNAL:
            yield TrackEnded(next(clock), by, track.value, TrackState.DONE)
        else:
            yield TrackEnded(next(clock), by, track.value, TrackState.NOT_NEEDED, "個人情報を含まない")
    if fate > 0.55:
        yield Moved(next(clock), by, "close", "再発防止策の実施を確認")
    if fate > 0.97:
        yield Moved(next(clock), by, "reopen", "新しい連絡があった")
