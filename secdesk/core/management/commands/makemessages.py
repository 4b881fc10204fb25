"""`manage.py makemessages`: Django's own, but nothing is guessed (no fuzzy entries) and the file stays sorted."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Sorted and unguessed, so that several people can add texts without conflict."""

    msgmerge_options = ["-q", "--backup=none", "--update", "--no-fuzzy-matching", "--sort-output"]
    msgattrib_options = ["--no-obsolete", "--sort-output"]
