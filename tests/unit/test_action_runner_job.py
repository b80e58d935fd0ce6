"""The stand-in runner's jobs, with small actions written on the spot."""

from __future__ import annotations

import json
import shlex
import textwrap

import pytest

from github_runner import Cancellation, Job, Ladder, NotModelledError

ENVIRON = {"PATH": "/usr/bin:/bin", "FROM_MACHINE": "yes"}


@pytest.fixture
def use(tmp_path, monkeypatch):
    """Writes an action and uses it in one job; gives the report."""
    monkeypatch.setenv("FROM_HOST", "leaked")
    folder = tmp_path / "action"
    folder.mkdir()
    with Job(
        workspace=tmp_path,
        temporary=tmp_path,
        environ=ENVIRON,
        ladder=Ladder(interrupt_seconds=0.3, terminate_seconds=0.3),
    ) as job:

        def use_action(text: str, **arguments):
            (folder / "action.yml").write_text(textwrap.dedent(text), encoding="utf-8")
            return job.use(folder, **arguments)

        yield use_action
    assert job.orphans == []


# Between fork and exec, a process has the command line of the shell that has started it.
UNTIL_IT_SLEEPS = 'until [ "$(cat /proc/$!/comm)" = sleep ]; do sleep 0.01; done'
STEPS = """
name: a
description: b
inputs: {word: {description: c, default: 1.10}}
outputs: {said: {description: d, value: "${{ steps.say.outputs.said }}"}}
runs:
  using: composite
  steps:
"""


def bash_step(script: str) -> str:
    return f"    - id: say\n      shell: bash\n      run: {json.dumps(script)}\n"


def test_steps_see_inputs_as_text_and_nothing_of_the_host(use):
    report = use(
        STEPS
        + """\
    - id: say
      shell: bash
      env: {WORD: "${{ inputs.word }}"}
      run: |
        echo "said=$WORD ${FROM_HOST:-} $FROM_MACHINE $GITHUB_REPOSITORY ${INPUT_WORD:-none}" >> "$GITHUB_OUTPUT"
    """
    )
    assert report.outputs == {"said": "1.10  yes octocat/shop none"}


def test_shell_options_are_those_of_the_runner(use):
    report = use(STEPS + bash_step("false | cat; echo not reached"))
    assert (report.outcome, report.step("say").exit_code, report.raw_log) == ("failure", 1, "")


def test_env_and_path_files_reach_later_uses_of_the_job(use):
    use(STEPS + bash_step('echo "A=1" >> "$GITHUB_ENV"; echo /opt/x >> "$GITHUB_PATH"'))
    assert use(STEPS + bash_step('echo "$A ${PATH%%:*}"')).raw_log == "1 /opt/x"


def test_a_process_left_behind_is_found(tmp_path):
    """What outlives its step would go on after the job: the runner kills it then, and a test should know."""
    script = f"sleep 30.5 >/dev/null 2>&1 & {UNTIL_IT_SLEEPS}"
    (tmp_path / "action.yml").write_text(STEPS + bash_step(script), encoding="utf-8")
    with Job(workspace=tmp_path, temporary=tmp_path, environ=ENVIRON) as job:
        job.use(tmp_path)
    assert job.orphans == ["sleep 30.5"]


def test_the_signal_goes_to_the_shell_alone(tmp_path):
    """The reason for `exec` in action.yml: bash waits for its child, which never hears of the cancel."""
    inner = shlex.quote(f"sleep 30.25 & {UNTIL_IT_SLEEPS}; echo go; wait")
    (tmp_path / "action.yml").write_text(STEPS + bash_step(f"bash -c {inner}; echo after"), encoding="utf-8")
    ladder = Ladder(interrupt_seconds=0.3, terminate_seconds=0.3, drain_seconds=0.5)
    with Job(workspace=tmp_path, temporary=tmp_path, environ=ENVIRON, ladder=ladder) as job:
        report = job.use(tmp_path, cancellation=Cancellation(on_line=lambda line: line == "go"))
    assert report.outcome == "cancelled"
    assert report.step("say").signals[:2] == ("SIGINT", "SIGTERM")
    assert "sleep 30.25" in job.orphans
    assert len(job.orphans) == 2, "the inner shell, and what it has started"


@pytest.mark.parametrize(
    "step",
    [
        "{uses: actions/checkout@v6}",
        "{shell: pwsh, run: x}",
        "{run: x}",
        "{shell: bash, run: x, timeout-minutes: 3}",
    ],
)
def test_a_step_that_is_not_modelled_raises(use, step):
    with pytest.raises(NotModelledError):
        use(f"{STEPS}    - {step}\n")


def test_an_input_that_does_not_exist_raises(use):
    with pytest.raises(NotModelledError, match="wrod"):
        use(STEPS + "    - {shell: bash, run: x}\n", inputs={"wrod": "x"})
