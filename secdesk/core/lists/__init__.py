"""Lists: declared once, then paged, counted, filtered, kept, exported and worked on in bulk."""
