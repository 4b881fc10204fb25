"""URLs of home."""

from django.urls import path

from secdesk.home import views

app_name = "home"
urlpatterns = [
    path("", views.home, name="home"),
    path("display/", views.display, name="display"),
    path("language/", views.language, name="language"),
]
