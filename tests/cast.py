"""The cast: one person per role of facts §3 and the odd ones, in a small city of two bureaus.

Every test about access plays the whole cast. `PASSWORD` is everybody's password, but not that of
`not_enrolled`, who has none yet.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from secdesk.core.people.models import Department, Organ, Person, Posting, RoleAssignment
from secdesk.core.people.roles import SCOPED_ROLES, Role

PASSWORD = "tsurusaki-2026-kasuri"
SINCE = dt.date(2020, 4, 1)
# Those of the cast whom the access matrix leaves out: they get in nowhere, or have no rights at all.
OUTSIDE = frozenset({"disabled", "left", "not_enrolled", "stranger"})


@dataclass(frozen=True)
class City:
    """Departments of the tests' city."""

    mayor: Organ
    board: Organ
    citizens: Department  # 市民部 (bureau)
    branch: Department  # 大南支所, in 市民部
    tax: Department  # 市民税課, in 財務部
    finance: Department  # 財務部 (bureau)
    ict: Department  # 情報政策課
    school: Department  # 学校教育課, of the board of education


def make_city() -> City:
    """Make the departments."""
    mayor = Organ.objects.create(code="mayor", name="市長")
    board = Organ.objects.create(code="board", name="教育委員会")

    def department(code: str, name: str, organ: Organ, parent: Department | None = None) -> Department:
        row = Department.objects.create(code=code, name=name, organ=organ, parent=parent)
        row.bureau = parent or row
        row.save()
        return row

    citizens = department("200", "市民部", mayor)
    finance = department("300", "財務部", mayor)
    planning = department("100", "企画部", mayor)
    education = department("900", "教育委員会事務局", board)
    return City(
        mayor, board, citizens,
        department("210", "大南支所", mayor, citizens),
        department("310", "市民税課", mayor, finance),
        finance,
        department("110", "情報政策課", mayor, planning),
        department("910", "学校教育課", board, education),
    )  # fmt: skip


def make_person(
    number: str,
    name: str,
    department: Department | None,
    *roles: Role,
    scope: Department | None = None,
    **fields: object,
) -> Person:
    """A person with a posting (unless department is None) and roles, scoped to `scope` or their department."""
    values = {"email": f"{number}@city.example.jp", "password": make_password(PASSWORD)} | fields
    person = Person.objects.create(number=number, name=name, **values)
    if department is not None:
        Posting.objects.create(person=person, department=department, starts_on=SINCE)
    for role in roles:
        RoleAssignment.objects.create(
            person=person, role=role, starts_on=SINCE,
            department=(scope or department) if role in SCOPED_ROLES else None,
        )  # fmt: skip
    return person


def make_cast(city: City) -> dict[str, Person]:
    """Everybody, by name."""
    today = timezone.localdate()
    return {
        "clerk": make_person("clerk", "佐藤 美咲", city.branch),
        "colleague": make_person("colleague", "後藤 翔", city.branch),
        "other_clerk": make_person("other_clerk", "田口 真", city.tax),
        "helper": make_person("helper", "安部 千里", city.branch, Role.HELPER),
        "head": make_person("head", "後藤 由美", city.branch, Role.SECTION),
        "other_head": make_person("other_head", "佐々木 亮", city.tax, Role.SECTION),
        "bureau_head": make_person("bureau_head", "首藤 健", city.citizens, Role.BUREAU),
        "other_bureau_head": make_person("other_bureau_head", "財前 守", city.finance, Role.BUREAU),
        "system_owner": make_person("system_owner", "姫野 勝", city.tax, Role.SYSTEM_OWNER),
        "system_staff": make_person("system_staff", "衛藤 学", city.tax, Role.SYSTEM_STAFF),
        "csirt": make_person("csirt", "甲斐 悠斗", city.ict, Role.CSIRT),
        "csirt2": make_person("csirt2", "河野 沙織", city.ict, Role.CSIRT),
        "csirt_head": make_person("csirt_head", "首藤 浩二", city.ict, Role.CSIRT_HEAD),
        "office": make_person("office", "三浦 拓海", city.ict, Role.OFFICE),
        "chief": make_person("chief", "渡辺 徹", city.ict, Role.CHIEF),
        "ciso": make_person("ciso", "木村 誠", city.citizens, Role.CISO),
        "deputy_ciso": make_person("deputy_ciso", "木下 司", city.citizens, Role.DEPUTY_CISO),
        "adviser": make_person("adviser", "外山 賢", None, Role.ADVISER),
        "committee": make_person("committee", "委員 一郎", city.finance, Role.COMMITTEE),
        "audit_head": make_person("audit_head", "監査 統", city.finance, Role.AUDIT_HEAD),
        "auditor": make_person("auditor", "監査 人", city.tax, Role.AUDITOR),
        "external_auditor": make_person("external_auditor", "外部 監査", None, Role.EXTERNAL_AUDITOR),
        "privacy": make_person("privacy", "平松 恵", city.citizens, Role.PRIVACY),
        "pr": make_person("pr", "広報 進", city.citizens, Role.PR),
        "personnel": make_person("personnel", "人事 守", city.citizens, Role.PERSONNEL),
        "link": make_person("link", "教育 窓口", city.school, Role.LINK),
        "viewer": make_person("viewer", "閲覧 者", city.finance, Role.VIEWER),
        "contractor": make_person("contractor", "委託 先", None, Role.CONTRACTOR),
        "admin": make_person("admin", "管理 一", city.ict, Role.ADMIN),
        "admin2": make_person("admin2", "管理 二", city.ict, Role.ADMIN),
        "disabled": make_person("disabled", "停止 中", city.branch, disabled_at=timezone.now()),
        "left": make_person("left", "退職 済", city.branch, ends_on=today - dt.timedelta(days=1)),
        "not_enrolled": make_person("not_enrolled", "未登録 花", city.branch, password=make_password(None)),
        "stranger": make_person("stranger", "無所属 人", None),
    }
