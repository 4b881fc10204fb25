"""Figures of `make bench`: each module has `figures()`."""
