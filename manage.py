#!/usr/bin/env python3
"""Command line of the desk."""

import os
import sys


def main() -> None:
    os.umask(0o077)  # keys, databases, backups: for their owner alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "secdesk.settings")
    from django.core.management import execute_from_command_line

    from secdesk.core.keyring import KeyRingError

    try:
        execute_from_command_line(sys.argv)
    except KeyRingError as error:  # raised by the settings, before any command can tell
        raise SystemExit(f"{error}") from None


if __name__ == "__main__":
    main()
