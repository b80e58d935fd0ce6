"""httpx is imported without its command line, which stays importable for everybody else in the process."""

from __future__ import annotations

import subprocess
import sys

import pytest


def test_a_run_imports_neither_the_command_line_of_httpx_nor_the_other_commands():
    code = (
        "import sys; from k6ci import cli; cli.import_commands(['run'])\n"
        "print({'click', 'pygments', 'rich.progress', 'httpx._main', 'k6ci.commands.doctor'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("before", ["", "import httpx._main; "])
def test_others_can_import_it_nevertheless(before):
    pytest.importorskip("click")
    code = f"{before}from k6ci.net.http_library import httpx; import httpx._main; print(httpx._main.main.name)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "main\n"
