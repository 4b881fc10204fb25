"""URLs of home."""

from django.urls import path

from secdesk.home import operation, views

app_name = "home"
urlpatterns = [
    path("", views.home, name="home"),
    path("display/", views.display, name="display"),
    path("operation/", operation.operation, name="operation"),
    path("operation/mail/hold/", operation.outbox_hold, name="outbox_hold"),
    path("operation/mail/release/", operation.outbox_release, name="outbox_release"),
    path("operation/mail/again/", operation.outbox_again, name="outbox_again"),
    path("operation/mail/test/", operation.test_mail, name="test_mail"),
    path("language/", views.language, name="language"),
]
