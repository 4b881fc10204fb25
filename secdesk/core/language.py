"""Language and calendar of a page: the person's own, else the cookie's, else Japanese, Western years.

Browsers' headers don't decide.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from secdesk.core.display import calendar_shown
from secdesk.core.people.models import Person


class LanguageMiddleware:
    """After authentication, so that a person's own language and calendar count on every PC."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        japanese = getattr(request.user, "era", "") == Person.Era.JAPANESE
        with translation.override(language), calendar_shown(japanese):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def language_of(request: HttpRequest) -> str:
    """Code of the language the request is answered in."""
    if request.user.is_authenticated:
        return request.user.language
    code = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
