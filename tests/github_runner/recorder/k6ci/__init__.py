"""Stands where k6ci does, and writes down how it was called: for tests of the action alone."""

__version__ = "0.0.0+recorder"
