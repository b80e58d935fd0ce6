"""What a run means: measured figures, thresholds one by one, the verdict, and the report that everything shows."""
