"""Grafana Cloud k6 over HTTP: one client bound to one origin, wire models, retries, credentials."""
