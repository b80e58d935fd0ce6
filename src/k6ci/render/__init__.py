"""Pure views of a report and of a run's progress: JSON, Markdown, terminal. No files, no network, no decisions."""
