"""Grafana Cloud k6 load tests from any CI, told truthfully; k6 and Grafana secrets kept out of repositories."""

__version__ = "0.1.0"
