"""The real k6 binary: found, asked for its version, and made to inspect and archive scripts. It never gets a secret."""
