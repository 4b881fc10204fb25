"""Password hashing."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class DeskArgon2Hasher(Argon2PasswordHasher):
    """Argon2id with 19 MiB (OWASP's second choice): 5 log-ins a second fit on two cores."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
