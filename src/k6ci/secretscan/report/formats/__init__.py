"""The reports: one module per format, named as `--format` names it, with `report(findings, skipped) -> str`."""
