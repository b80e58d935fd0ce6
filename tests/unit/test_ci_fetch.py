"""`.ci/fetch` gives out nothing that does not have its pinned SHA-256."""

import hashlib
import io
import os
import pathlib
import re
import subprocess
import tarfile

import pytest

from emulation import ROOT
from faces import program_folder

SCRIPT = (ROOT / ".ci" / "fetch").read_text()
CURL = """
for word in "$@"; do
  if [ "${before:-}" = --output ]; then target=$word; fi
  before=$word; url=$word
done
echo "$url" >> "$ASKED"
cp "$SERVED/$(basename "$url")" "$target"
"""


def release(version: str) -> bytes:
    """A tar as k6 releases are packed, with one more file that nobody asked for."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name in ("k6", "other"):
            info = tarfile.TarInfo(f"k6-v{version}-linux-amd64/{name}")
            info.mode = 0o755
            info.size = len(b"#!/bin/sh\n")
            archive.addfile(info, io.BytesIO(b"#!/bin/sh\n"))
    return buffer.getvalue()


@pytest.fixture
def fetch(tmp_path):
    """The script with the hashes of what a stand-in for curl serves; `wrong` is served with another hash."""

    def run(*wanted: str, wrong: str = "") -> subprocess.CompletedProcess[str]:
        served = tmp_path / "served"
        served.mkdir()
        files = {f"k6-v{version}-linux-amd64.tar.gz": release(version) for version in ("2.2.0", "2.3.0")}
        files["schema.yaml"] = b"openapi: 3.1.0\n"
        hashes = iter(re.findall(r"[0-9a-f]{64}", SCRIPT))
        text = SCRIPT
        for name in ("schema.yaml", "k6-v2.2.0-linux-amd64.tar.gz", "k6-v2.3.0-linux-amd64.tar.gz"):
            (served / name).write_bytes(files[name] + (b"x" if name == wrong else b""))
            text = text.replace(next(hashes), hashlib.sha256(files[name]).hexdigest())
        script = tmp_path / "fetch"
        script.write_text(text)
        programs = program_folder(tmp_path / "bin", curl=CURL)
        environ = {"PATH": f"{programs}:{os.environ['PATH']}", "SERVED": str(served), "ASKED": str(tmp_path / "asked")}
        argv = ["bash", script, tmp_path / "fetched", *wanted]
        return subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=60, check=False)

    return run


def test_what_is_right_is_named(tmp_path, fetch):
    done = fetch("openapi", "k6")
    assert done.returncode == 0, done.stderr
    variables = dict(line.split("=", 1) for line in done.stdout.splitlines())
    assert variables.keys() == {"K6CI_OPENAPI", "K6CI_TEST_K6"}
    paths = [*variables["K6CI_TEST_K6"].split(":"), variables["K6CI_OPENAPI"]]
    assert all(pathlib.Path(path).is_file() for path in paths)
    assert not list(tmp_path.glob("fetched/*/other"))
    asked = (tmp_path / "asked").read_text().splitlines()
    assert all(url.startswith(("https://github.com/grafana/", "https://raw.githubusercontent.com/")) for url in asked)


@pytest.mark.parametrize("wrong", ["schema.yaml", "k6-v2.2.0-linux-amd64.tar.gz", "k6-v2.3.0-linux-amd64.tar.gz"])
def test_another_hash_is_an_error_and_names_nothing(tmp_path, fetch, wrong):
    done = fetch("openapi", "k6", wrong=wrong)
    assert (done.returncode, done.stdout) == (1, "")
    assert "does not have the SHA-256" in done.stderr
    assert not list(tmp_path.glob(f"fetched/{wrong}*"))
    assert not list(tmp_path.glob(f"fetched/{wrong.removesuffix('.tar.gz')}/k6"))


def test_an_unknown_word_is_wrong_usage(fetch):
    assert fetch("k7").returncode == 2
