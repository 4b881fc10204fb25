"""The ledger: who did what when, sealed so that nobody can quietly change it."""
