"""Storms: hundreds of real k6ci processes against emulators, under signals and under faults. `python -m storms`."""
