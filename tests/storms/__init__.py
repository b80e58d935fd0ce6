"""Storm tests: hundreds of real k6ci processes against emulators, under signals and faults. `python -m storms`."""
