"""Incidents: from a clerk's report to closure."""

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "incidents"
