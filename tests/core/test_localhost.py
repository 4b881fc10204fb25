"""127.0.0.1 leads to localhost, where passkeys work."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "127.0.0.1"])
def test_an_address_leads_to_the_name(db: None, client: Client, host: str) -> None:
    response = client.get("/login/?next=/report/", headers={"host": host})
    assert response["Location"] == "http://localhost:8000/login/?next=/report/"


@pytest.mark.parametrize(("method", "path"), [("get", "/healthz"), ("post", "/login/")])
def test_monitors_and_forms_are_left_alone(db: None, client: Client, method: str, path: str) -> None:
    assert getattr(client, method)(path, headers={"host": "127.0.0.1:8000"}).status_code == 200


def test_a_city_host_is_left_alone(db: None, client: Client, settings: LazySettings) -> None:
    settings.SECDESK_URL = "https://secdesk.city.example.jp"
    assert client.get("/login/", headers={"host": "127.0.0.1:8000"}).status_code == 200
