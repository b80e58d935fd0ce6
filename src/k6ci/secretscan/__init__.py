"""The secret scan: finds k6, Grafana and other secrets before they are committed, offline and in milliseconds.

`cli.main` is the entry. Nothing in here imports the cloud side, and nothing goes online.
"""
