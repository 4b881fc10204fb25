"""Nothing typed is lost (architecture §4).

A form that arrives at a locked or ended session, or with the CSRF token of an earlier one, changes
nothing and is kept for 24 hours, sealed, for the person whose session the form was made in: its
CSRF token tells who that was. After that person's log-in the page comes back with `?kept=<token>`.

A view brings the text back with `Form(request.POST or kept_data(request))`; where a view does not,
the frame shows the kept text for copying. Files and secrets are not kept (core/secret_fields.py).
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.middleware.csrf import CSRF_TOKEN_LENGTH, _unmask_cipher_token, invalid_token_chars_re  # type: ignore
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from secdesk.accounts import session_limits
from secdesk.accounts.models import KeptForm, Session
from secdesk.accounts.sessions import hashed
from secdesk.core.keyring import DecryptionFailed
from secdesk.core.ledger.events import Event
from secdesk.core.ledger.services import record
from secdesk.core.people.models import Person
from secdesk.core.secret_fields import open_fields

PARAMETER = "kept"
MOST_BYTES = 1024 * 1024  # of a body read before anybody is let in; a form's text is far smaller
MOST_BYTES_WITH_FILES = 60 * 1024 * 1024  # staff may attach 50 MB; the files are thrown away while reading
MOST_KEPT = 50  # of one person; the oldest goes first


class _NoFiles(FileUploadHandler):
    """Reads past files without keeping a byte."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Never called: the file is skipped."""

    def file_complete(self, file_size: int) -> None:
        """Never called: the file is skipped."""


def save_late_form(request: HttpRequest) -> str | None:
    """Keep the form of a refused POST for whoever it was made for; the token, or None when it is nobody's."""
    owner = owner_of_late_form(request)
    return save(request, owner) if owner is not None else None


def owner_of_late_form(request: HttpRequest) -> Person | None:
    """In whose session the refused form was made; None when nobody's, or when it is no plain form."""
    posted = _posted(request)
    return _owner(posted) if posted else None


def save(request: HttpRequest, person: Person) -> str | None:
    """Keep the request's form for `person`; gives the token that brings it back, None when all of it was secret."""
    text = open_fields(request)
    if not text:
        return None
    token = secrets.token_urlsafe(24)
    token_hash, now = hashed(token), timezone.now()
    sealed = json.dumps({"token": token, "text": text.urlencode()}).encode()
    with transaction.atomic():
        older = KeptForm.objects.filter(person=person).order_by("-id").values_list("pk", flat=True)[MOST_KEPT - 1 :]
        KeptForm.objects.filter(pk__in=list(older)).delete()
        row = KeptForm.objects.create(
            token_hash=token_hash,
            person=person,
            action=request.path[:500],
            page=_page(request)[:500],
            data=settings.KEY_RING.encrypt(sealed, context=context_of(token_hash, person)),
            created_at=now,
            expires_at=now + session_limits.KEPT,
        )
        # the page's name, not its address: the id in it would tell readers of the ledger who works on what
        record(Event.FORM_KEPT, by=None, target=person, form=row.pk, page=_name(request))
    return token


def _name(request: HttpRequest) -> str:
    match = request.resolver_match
    return match.view_name if match is not None else ""


def address(request: HttpRequest, token: str | None) -> str:
    """Where to go after log-in: the page the form was typed on, with the token."""
    page = _page(request) if request.method == "POST" else request.get_full_path()
    return page if token is None else _with_token(page, token)


def _with_token(page: str, token: str) -> str:
    parts = urlsplit(page)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != PARAMETER]
    return f"{parts.path}?{urlencode([*query, (PARAMETER, token)])}"


def take(person: Person, token: str) -> tuple[KeptForm, QueryDict] | None:
    """The kept form, when it is this person's and younger than 24 hours. It stays until it is sent or expires."""
    row = _open(person).filter(token_hash=hashed(token)).first()
    kept = _unsealed(row) if row is not None else None
    return (row, QueryDict(kept["text"])) if row is not None and kept is not None else None


@dataclass(frozen=True)
class Waiting:
    """A kept form as its owner finds it at home: where it leads, and when it was typed."""

    url: str
    typed_at: dt.datetime


def waiting(person: Person) -> list[Waiting]:
    """What the person typed and did not send yet, oldest first."""
    found = [(row, _unsealed(row)) for row in _open(person).order_by("created_at")]
    return [
        Waiting(_with_token(row.page, kept["token"]), row.created_at) for row, kept in found if kept and kept["text"]
    ]


def _open(person: Person) -> QuerySet[KeptForm]:
    return KeptForm.objects.filter(person=person, expires_at__gt=timezone.now()).select_related("person")


def _unsealed(row: KeptForm) -> dict[str, str] | None:
    try:
        text = settings.KEY_RING.decrypt(bytes(row.data), context=context_of(row.token_hash, row.person))
        kept: dict[str, str] = json.loads(text)
    except (DecryptionFailed, ValueError):  # of another key, or of another make
        return None
    return kept


def forget(person: Person, token: str) -> None:
    """Remove a kept form: it was sent now, or its owner does not want it any more."""
    KeptForm.objects.filter(token_hash=hashed(token), person=person).delete()


def kept_data(request: HttpRequest, action: str | None = None) -> QueryDict | None:
    """What the person typed before, for `Form(request.POST or kept_data(request))`; None when there is nothing.

    Never on a POST: what was kept is sent by its owner, or not at all.
    `action` is the path the form is sent to, when it is not the page's own.
    """
    kept: tuple[KeptForm, QueryDict] | None = getattr(request, "kept", None)
    if kept is None or request.method == "POST" or kept[0].action != (action or request.path):
        return None
    request.kept_is_shown = True  # type: ignore[attr-defined]
    return kept[1]


def _posted(request: HttpRequest) -> QueryDict | None:
    """The fields of the refused POST, read without keeping its files; None when too big or broken."""
    size = int(request.META.get("CONTENT_LENGTH") or 0)
    has_files = request.content_type == "multipart/form-data"
    if request.content_type not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return None
    if size > (MOST_BYTES_WITH_FILES if has_files and request.COOKIES else MOST_BYTES):
        return None
    if has_files and not hasattr(request, "_files"):
        request.upload_handlers = [_NoFiles(request)]
    try:
        return request.POST
    except (MultiPartParserError, BadRequest, TooManyFieldsSent, RequestDataTooBig, OSError):
        return None


def _owner(posted: QueryDict) -> Person | None:
    """The person in whose session the form was made, known by the secret inside its CSRF token."""
    token = posted.get("csrfmiddlewaretoken", "")
    if len(token) != CSRF_TOKEN_LENGTH or invalid_token_chars_re.search(token):
        return None
    rows = Session.objects.filter(csrf_hash=hashed(_unmask_cipher_token(token)), person__isnull=False)
    row = rows.select_related("person").order_by("-id").first()
    return row.person if row is not None else None


def _page(request: HttpRequest) -> str:
    """Path and query of the page the form stood on; the form's own address when the browser does not tell."""
    referer = request.headers.get("Referer", "")
    if referer and url_has_allowed_host_and_scheme(referer, {request.get_host()}, request.is_secure()):
        parts = urlsplit(referer)
        if parts.netloc:
            return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return request.get_full_path()


def context_of(token_hash: str, person: Person) -> bytes:
    return f"accounts.kept_form:{token_hash}:{person.pk}".encode()
