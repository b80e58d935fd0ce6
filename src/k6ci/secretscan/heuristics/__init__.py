"""Decide whether a value at its place is a secret: names, context, randomness, vocabulary, false-positive rules."""
