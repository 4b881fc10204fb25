"""Puts the starting list of types into an empty table, after every migrate; a city's own edits stay."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "incident_types.json"


def seed_types(**kwargs: Any) -> None:
    """`post_migrate` receiver of this app."""
    from incidents.models import IncidentType  # models are ready only now

    manager = IncidentType._default_manager.using(kwargs.get("using", "default"))
    if manager.exists():
        return
    data = json.loads(DATA.read_text("utf-8"))
    manager.bulk_create(
        IncidentType(
            code=code,
            name_ja=name_ja,
            name_en=name_en,
            category=category,
            reported_as=reported_as,
            source=data["source"],
            sort_key=position * 10,
        )
        for position, (code, name_ja, name_en, category, reported_as) in enumerate(data["types"], 1)
    )
