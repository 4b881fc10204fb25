"""Tags of the frame around every page."""

from __future__ import annotations

from typing import Any

from django import template

from secdesk.home import navigation

register = template.Library()


@register.simple_tag(takes_context=True)
def modules(context: Any) -> list[navigation.Link]:
    """The modules the reader may open."""
    request = context.get("request")
    return navigation.links(request) if request is not None and request.user.is_authenticated else []


@register.simple_tag(takes_context=True)
def page(context: Any, url_name: str) -> str:
    """Address of a page when it exists and the reader may open it, else empty: no dead links."""
    request = context.get("request")
    return navigation.reachable(request.user, url_name) if request is not None else ""
