"""Outgoing mail: rows written with the change they tell of, sent by a job, never lost, judged again at sending."""
