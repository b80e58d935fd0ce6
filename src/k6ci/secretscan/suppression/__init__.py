"""What is known or allowed: comments, baselines."""
