"""Whether a value, standing where it stands, is a secret: names, randomness, vocabulary, false-positive rules."""
