"""The commit hook: finds k6, Grafana and other secrets in what is about to be committed, offline and in milliseconds.

`command` is the entry. A prefilter proves for nearly every line that no detector can match it; only then are detectors
and the engine (detect-secrets) imported. Nothing in here imports the cloud side, and nothing goes online.
"""
