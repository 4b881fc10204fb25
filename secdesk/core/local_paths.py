"""Addresses that a browser names as a way back."""

from __future__ import annotations

from django.utils.http import url_has_allowed_host_and_scheme


def local_path(target: str) -> str:
    """`target` when it is an absolute path of this desk, else "" (a bare word would be taken for a view's name)."""
    return target if target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None) else ""
