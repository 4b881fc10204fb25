"""URLs of core."""

from django.urls import path

from secdesk.core.work import health

app_name = "core"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
