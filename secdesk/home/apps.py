"""Home pages per role."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "secdesk.home"
    label = "home"
