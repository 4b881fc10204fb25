"""Every URL of the desk. Each view declares its access (secdesk/core/access.py); the walk in tests/ holds it."""

from django.urls import include, path

urlpatterns = [
    path("", include("secdesk.home.urls")),
    path("", include("secdesk.accounts.urls")),
    path("", include("secdesk.core.urls")),
    path("", include("incidents.urls")),
]

handler400 = "secdesk.home.errors.bad_request"
handler403 = "secdesk.home.errors.permission_denied"
handler404 = "secdesk.home.errors.page_not_found"
handler500 = "secdesk.home.errors.server_error"
