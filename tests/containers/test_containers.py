"""The image of the Dockerfile, and the GitLab template in containers, by podman without a daemon.

The base image is Debian with Python 3.11 under the name `python:3.13-slim` (stand_in.sh): a stand-in, which needs no
registry of images. Packages come from a folder of wheels, k6 from a loopback release server.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

import binaries
from emulation import K6_WHEEL, emulator_in_thread, wheel_config
from faces import PROJECT, machine_environ, script_that_measures
from pipelines import PROGRAM, Repository
from releases import ReleaseServer

pytestmark = [
    pytest.mark.containers,
    pytest.mark.timeout(600),
    pytest.mark.skipif("CONTAINERS_CONF" not in os.environ or not shutil.which("podman"), reason="make e2e-containers"),
]

IMAGE = "localhost/k6ci:test"
BASE = "docker.io/library/python:3.13-slim"
VERSION = binaries.version(K6_WHEEL)


def podman(*argv: object, timeout: float = 300, **options: object) -> subprocess.CompletedProcess[str]:
    command = ["podman", *map(str, argv)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False, **options)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory) -> Path:
    """What the locks name, and this tree, so that no container needs a registry."""
    folder = tmp_path_factory.mktemp("wheels")
    pip = [sys.executable, "-m", "pip", "--quiet"]
    lock = PROJECT / "requirements" / "cloud.txt"
    subprocess.run([*pip, "download", "--no-deps", "--dest", folder, "--require-hashes", "-r", lock], check=True)
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, PROJECT]
    subprocess.run([*pip, *build], check=True)
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def release() -> dict[str, str]:
    """The inputs with which k6 comes from loopback."""
    with ReleaseServer().serving() as server:
        sha256 = server.publish(VERSION, K6_WHEEL.read_bytes())
        yield {"k6-version": VERSION, "k6-mirror": server.url, "k6-sha256": sha256}


@pytest.fixture(scope="session")
def cloud():
    with emulator_in_thread(replace(wheel_config(), stack_slug="acme", project_ids=(12345, 12346))) as handle:
        yield handle


@pytest.fixture(scope="session")
def image(wheels, release) -> str:
    arguments = [f"--build-arg={name.upper().replace('-', '_')}={value}" for name, value in release.items()]
    done = podman(
        *("build", "--tag", IMAGE, "--build-arg", f"BASE={BASE}", *arguments, "--pull-never", "--no-cache"),
        *(
            "--volume",
            f"{wheels}:/wheels:ro",
            "--build-arg=PIP_NO_INDEX=1",
            "--build-arg=PIP_FIND_LINKS=/wheels",
            PROJECT,
        ),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return IMAGE


@pytest.fixture
def checkout(tmp_path) -> Path:
    folder = tmp_path / "shop"
    (folder / "load-tests").mkdir(parents=True)
    (folder / "load-tests" / "a.js").write_text(script_that_measures(), encoding="utf-8")
    tmp_path.chmod(0o755)
    for path in [folder, *folder.rglob("*")]:
        shutil.chown(path, 4711, 4711)
    return folder


def run_options(cloud, checkout: Path) -> list[str]:
    variables = {**cloud.environment(), "CI": "true"}
    os.environ.update(variables)  # `--env NAME` takes the value from here, so that no token is on a command line
    return ["--user=4711:4711", f"--volume={checkout}:/work", *(f"--env={name}" for name in variables)]


def test_the_image_has_k6ci_and_k6_and_is_not_root(image):
    done = podman("run", "--rm", "--entrypoint", "sh", image, "-c", "id -u; k6ci --version; k6 version; git --version")
    lines = done.stdout.splitlines()
    assert (lines[0], lines[1].split()[0]) == ("12345", "k6ci"), done.stdout + done.stderr
    assert VERSION in lines[2]
    assert lines[3].startswith("git version")
    assert "PIP" not in podman("image", "inspect", "--format", "{{.Config.Env}}", image).stdout


def test_a_load_test_runs_and_leaves_its_reports(image, cloud, checkout):
    done = podman("run", "--rm", *run_options(cloud, checkout), image, "run", "load-tests/a.js")
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((checkout / "k6ci-report" / "result.json").read_text(encoding="utf-8"))
    assert (result["verdict"], result["emulated"]) == ("passed", True)
    assert (checkout / "k6ci-report" / "junit.xml").stat().st_uid == 4711
    assert cloud.token not in done.stdout + done.stderr


def test_a_login_is_a_file_in_a_volume(image, cloud, checkout):
    config = checkout.parent / "config.json"
    config.write_text(json.dumps({"collectors": {"cloud": {"token": cloud.token}}}), encoding="utf-8")
    config.chmod(0o600)
    shutil.chown(config, 4711, 4711)
    options = [one for one in run_options(cloud, checkout) if one != "--env=K6_CLOUD_TOKEN"]
    done = podman(
        *("run", "--rm", *options, f"--volume={config}:/config.json:ro", image, "run", "-c", "/config.json"),
        "load-tests/a.js",
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_stopped_container_stops_its_run_once(image, cloud, checkout):
    script = checkout / "load-tests" / "a.js"
    script.write_text(script_that_measures(seconds=60), encoding="utf-8")
    aborts = len(cloud.journal("/abort"))
    name = f"k6ci-{os.getpid()}"
    begun = podman("run", "--detach", "--name", name, *run_options(cloud, checkout), image, "run", "load-tests/a.js")
    try:
        assert begun.returncode == 0, begun.stderr
        deadline = time.monotonic() + 90
        run_file = checkout / "k6ci-report" / "run.json"
        while not (run_file.exists() and cloud.has_running()):
            assert time.monotonic() < deadline, podman("logs", name).stdout
            time.sleep(0.2)
        podman("stop", "--time", "15", name)
        log = podman("logs", name)
        assert json.loads((checkout / "k6ci-report" / "result.json").read_text())["exit_code"] == 143, log.stdout
    finally:
        podman("rm", "--force", name)
    run_id = json.loads(run_file.read_text(encoding="utf-8"))["runs"][0]["run_id"]
    assert cloud.wait_for_status(run_id)["status"] == "aborted"
    assert len(cloud.journal("/abort")) == aborts + 1


@pytest.mark.parametrize("which", ["default image", "image of the Dockerfile"])
def test_the_template_runs_in_a_container(tmp_path, wheels, release, cloud, image, which):
    """gitlab-ci-local with podman; in the default image the job downloads k6, in the other one it finds k6."""
    repository = Repository(tmp_path / "shop", machine_environ(tmp_path / "home"))
    repository.environ["CONTAINERS_CONF"] = os.environ["CONTAINERS_CONF"]
    repository.add_template()
    (wheel,) = wheels.glob("k6ci-*.whl")
    inputs = {"package": f"k6ci[gitlab] @ file:///wheels/{wheel.name}", "script": "load-tests/*.js", "stack": "acme"}
    inputs |= {"project-id": 12345, **(release if which == "default image" else {"image": image})}
    include = {"local": "ci_templates/k6-cloud.gitlab-ci.yml", "inputs": inputs}
    repository.write(
        {"load-tests/a.js": script_that_measures(), ".gitlab-ci.yml": yaml.safe_dump({"include": [include]})}
    )
    repository.commit()
    # gitlab-ci-local takes a value that begins with a slash for a file.
    variables = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "file:///wheels", **cloud.environment()}
    repository.set_variables(variables)
    options = (
        "--container-executable=podman",
        "--pull-policy=if-not-present",
        "--network=host",
        f"--volume={wheels}:/wheels:ro",
    )
    done = subprocess.run(
        [PROGRAM, *options, "--no-artifacts-to-source"],
        cwd=repository.folder,
        env=repository.environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    log = done.stdout + done.stderr
    assert done.returncode == 0, log
    found = list(repository.artifacts.rglob("result.json"))
    assert json.loads(found[0].read_text(encoding="utf-8"))["verdict"] == "passed", log
    assert cloud.token not in log
    cached = list(repository.folder.glob(".gitlab-ci-local/cache/**/k6-v*.tar.gz"))
    assert len(cached) == (1 if which == "default image" else 0)
