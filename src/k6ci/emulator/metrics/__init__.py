"""The samples of one run, and the v5 queries over them."""
