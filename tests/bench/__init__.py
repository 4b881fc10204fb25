"""`make bench`: how fast the desk is, as figures of one run on one machine (docs/architecture.md §9).

One JSON line per figure on standard output:
name, rows (incidents in the database), db, data_ms (door, queries, counts), bare_ms (the barest query for the
same rows, or a bare insert with its commit), ratio = data / bare, limit (of the ratio), page_ms (the whole view
in process), queries (of the page), mb (memory of the process). Times are medians of the same run.
Databases are kept under var/bench/ by a hash of the schema and of the code that fills them.
"""
