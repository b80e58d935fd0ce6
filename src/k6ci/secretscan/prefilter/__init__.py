"""Which lines a detector could match at all: one pass over the bytes, before any detector is imported."""
