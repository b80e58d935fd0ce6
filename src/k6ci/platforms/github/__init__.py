"""GitHub: facts about the job (job.py), and what is written through GitHub's REST API (comments.py, check_runs.py).

Only `job` is imported when k6ci starts: the others import PyGithub, which takes a quarter of a second.
"""
