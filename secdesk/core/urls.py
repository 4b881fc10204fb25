"""URLs of core."""

from django.urls import path

from secdesk.core.lists import views as lists
from secdesk.core.people import views as people
from secdesk.core.work import health

app_name = "core"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("lists/views/", lists.view_save, name="view_save"),
    path("lists/views/<int:savedview_id>/remove/", lists.view_forget, name="view_forget"),
    path("people/", people.person_list, name="people"),
]
