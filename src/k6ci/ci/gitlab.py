"""GitLab's job log: it has collapsible sections, but no commands; GitLab masks variables by itself.

Facts: https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
"""

from __future__ import annotations

import os
import time

from k6ci.ci.job_log import PlainLog
from k6ci.lines import one_line


class GitLabLog(PlainLog):
    """The log of a job."""

    has_sections = True

    def __init__(self) -> None:
        self._section = ""

    def open_section(self, title: str) -> str:
        """The beginning of a collapsed section, with a name that no script can guess, so that none can close it."""
        self._section = f"k6ci_{os.urandom(8).hex()}"
        return f"\x1b[0Ksection_start:{int(time.time())}:{self._section}[collapsed=true]\r\x1b[0K{one_line(title)}\n"

    def close_section(self) -> str:
        """The end of the section."""
        return f"\x1b[0Ksection_end:{int(time.time())}:{self._section}\r\x1b[0K\n"
