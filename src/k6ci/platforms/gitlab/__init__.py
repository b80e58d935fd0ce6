"""GitLab: facts about the job (job.py), and the notes of a merge request through GitLab's REST API (api.py).

Only `job` is imported when k6ci starts: the other imports python-gitlab.
"""
