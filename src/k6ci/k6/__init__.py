"""The real k6 binary: where it comes from, its version, `archive` and `inspect`. It never gets a secret."""
