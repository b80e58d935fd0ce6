"""Measurements, side by side with what else there is; `python -m bench [NAME...]` runs them."""
