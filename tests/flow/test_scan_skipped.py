"""What `k6ci scan` does not judge: it is said, and it is a pass only where nothing was to be read."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import tarfile
from pathlib import Path

from scan_repository import LINE, found, git, scan


def test_hostile_files_are_skipped_with_a_word(repository):
    """A pipe must not block, a link must not lead out, a huge or binary file must not fill the memory."""
    os.mkfifo(repository / "pipe")
    (repository / "loop").symlink_to("loop")
    (repository / "out").symlink_to("/etc/passwd")
    (repository / "binary.bin").write_bytes(b"\0" * 100 + LINE.encode())
    (repository / "folder").mkdir()
    for name, head in (("huge.txt", b"a line\n" * 2000), ("huge.bin", b"")):
        with (repository / name).open("wb") as file:
            file.write(head)
            file.truncate(200_000_000)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(repository / "s", Path.cwd()))
        names = ["pipe", "loop", "out", "binary.bin", "folder", "huge.txt", "huge.bin", "s"]
        done = scan("--format", "json", *names, cwd=repository)
    skipped = {one["path"]: one["reason"] for one in json.loads(done.stdout)["skipped"]}
    assert found(done) == []
    assert set(skipped) == set(names) - {"folder"}
    assert "larger than 50 MB (200 MB)" in skipped["huge.txt"]
    assert skipped["binary.bin"] == skipped["huge.bin"] == "binary file"
    assert skipped["loop"] == skipped["out"] == "a symbolic link"


def test_a_file_that_cannot_be_read_is_not_a_pass(repository):
    """Exit 3: no findings, but a text file could not be scanned."""
    assert scan("gone.env", "load.js", cwd=repository).returncode == 3
    (repository / ".env").write_text(LINE)
    assert scan("gone.env", ".env", cwd=repository).returncode == 1


def test_content_that_a_clone_lacks_is_not_a_pass(repository):
    """A partial clone has commits whose files it never fetched, and offline it cannot."""
    name = git("rev-parse", "HEAD:load.js", cwd=repository)
    (repository / ".git" / "objects" / name[:2] / name[2:]).unlink()
    done = scan("--range", "HEAD", cwd=repository)
    assert (done.returncode, "is not in this clone" in done.stderr) == (3, True), done.stderr


def test_archives_that_cannot_be_read_are_skipped_with_a_word(repository):
    """Half an archive and one that lies about its sizes are exit code 3; a compressed log is read."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(LINE)
        tar.addfile(member, io.BytesIO(LINE.encode()))
    member.size = 10**11
    (repository / "half.tar").write_bytes(buffer.getvalue()[:520])
    (repository / "liar.tar").write_bytes(member.tobuf() + LINE.encode())
    (repository / "log.gz").write_bytes(gzip.compress(LINE.encode()))
    (repository / "whole.tar").write_bytes(buffer.getvalue())
    done = scan("--format", "json", "half.tar", "liar.tar", "log.gz", "whole.tar", cwd=repository)
    assert [path for path, _, _ in found(done)] == ["log.gz", "whole.tar"]
    skipped = json.loads(done.stdout)["skipped"]
    assert {one["path"] for one in skipped} == {"half.tar", "liar.tar/metadata.json"}
    assert all(one["is_failure"] for one in skipped)
    assert scan("half.tar", cwd=repository).returncode == 3


def test_of_many_skipped_files_a_few_are_named(repository):
    """A tree with a thousand pictures is no reason for a thousand lines; what failed is named one by one."""
    for number in range(9):
        (repository / f"picture{number}.png").write_bytes(b"\x89PNG\0\0" * 9)
    done = scan("--format", "json", ".", *(f"gone{number}.env" for number in range(9)), cwd=repository)
    lines = done.stderr.splitlines()
    assert sum(".png: binary file" in line for line in lines) == 5
    assert "k6ci: skipped 4 more: binary file (--format json names them)" in lines
    assert sum(line.startswith("k6ci: skipped gone") for line in lines) == 9
    assert len(json.loads(done.stdout)["skipped"]) == 18
