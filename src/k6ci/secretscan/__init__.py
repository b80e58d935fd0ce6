"""The secret scan, offline: `cli.main` is its entry, and nothing in here imports the cloud side."""
