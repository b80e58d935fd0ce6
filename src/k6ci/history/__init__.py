"""Compares a run with earlier runs of its load test: finds comparable runs, and tests whether the new one is slower."""
