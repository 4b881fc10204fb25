"""The tick: which job is due, who may run it, and what became of it."""
