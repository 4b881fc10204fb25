"""The request log says what happened and nothing of whom."""

import logging

import pytest
from django.test import Client


def test_one_line_without_personal_data(client: Client, db: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="secdesk.requests")
    response = client.get("/login/?next=/secret-path/", REMOTE_ADDR="203.0.113.77")
    lines = [record.getMessage() for record in caplog.records if record.name == "secdesk.requests"]
    assert len(lines) == 1
    assert "accounts:login" in lines[0] or lines[0].startswith("GET - 404")
    assert response["X-Request-Id"] in lines[0]
    assert "secret-path" not in lines[0]
    assert "203.0.113" not in lines[0]
