"""Inputs: declared once (catalogue), read from their sources (sources), parsed (parse), resolved with provenance."""
