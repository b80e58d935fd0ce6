"""The prefilter: which lines a detector could match, in one pass over the bytes."""
