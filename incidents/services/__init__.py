"""Everything that writes incidents."""
