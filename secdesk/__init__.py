"""The information-security desk of a city."""

__version__ = "0.1.0"
