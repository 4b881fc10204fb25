"""Views of incidents."""
