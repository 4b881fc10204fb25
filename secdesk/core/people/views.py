"""Pages about people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from secdesk.core.access import requires
from secdesk.core.lists.views import list_view
from secdesk.core.people.lists import PEOPLE
from secdesk.core.people.permissions import PeoplePerm


@requires(PeoplePerm.VIEW_ROSTER)
def person_list(request: HttpRequest) -> HttpResponse:
    """The roster."""
    return list_view(request, PEOPLE, "people/list.html")
