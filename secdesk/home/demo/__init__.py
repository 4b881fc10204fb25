"""The demo city: Oita's departments (council records, 2026) and people who do not exist."""
