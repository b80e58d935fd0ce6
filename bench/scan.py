"""k6ci scan beside gitleaks and detect-secrets: the same files, one run, one machine, at most some twelve minutes.

Makes a throw-away environment with pinned versions, copies the library of the running Python (without site-packages)
and this repository's files, makes trees of other files, and prints seconds, ratios, findings and the peak memory of the
largest process. Other work on the machine disturbs elapsed time; the ratio of CPU time shows it.
"""

from __future__ import annotations

import pathlib
import tempfile

from bench._scan_made import dashboards, documentation, one_line_json, recordings
from bench._scan_tools import Measured, Toolbox, best_of
from bench._scan_trees import library, lines_of_code, repository, sample, small_commit

# So many of the library's files for detect-secrets, which would need minutes for all of them.
SAMPLED = 100
ROUNDS_OF_A_TREE = 5
# The stock hook runs for so long that it meets quiet and busy moments; ours is over in one of them.
ROUNDS_BESIDE_THE_STOCK_HOOK = 9
ROUNDS_OF_A_COMMIT = 31
BACKENDS = {"re2": (), "re": ("re2",)}


class Goals:
    """The goals, whether each was reached, and what could not be measured."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, str, bool]] = []
        self.missing: list[str] = []

    def at_most(self, name: str, value: float, limit: float) -> None:
        """A goal with its measured value."""
        self.rows.append((name, value, f"at most {limit:g}", value <= limit))

    def at_least(self, name: str, value: float, limit: float) -> None:
        """A goal that is reached from below."""
        self.rows.append((name, value, f"at least {limit:g}", value >= limit))

    def report(self) -> int:
        """Print all; 1 when one was missed."""
        print("\ngoals")
        for name, value, limit, is_reached in self.rows:
            print(f"  {name:64}{value:8.2f}  {limit}: {'reached' if is_reached else 'MISSED'}")
        for name in self.missing:
            print(f"  {name:64}not measured")
        return 0 if all(is_reached for *_, is_reached in self.rows) else 1


def main() -> int:
    """Measure and print; 0 if every goal was reached, otherwise 1."""
    goals = Goals()
    with tempfile.TemporaryDirectory(prefix="k6ci-bench-") as name:
        place = pathlib.Path(name)
        tools = Toolbox(place / "environment")
        for title, tree in (("Python's library", library(place)), ("this repository", repository(place))):
            _whole_tree(title, tree, tools, goals)
        for tree in (dashboards(place), documentation(place), recordings(place)):
            share = tools.prefiltered_share(tree)
            print(f"\n{tree.name}: {share:.0%} of the files pass the prefilter")
            goals.at_least(f"{tree.name}: share of the files that pass the prefilter", share, 0.6)
            _whole_tree(tree.name, tree, tools, goals)
        _one_large_file(tools, one_line_json(place / "json"), goals)
        _beside_detect_secrets(tools, sample(place / "library", place / "sample", SAMPLED), goals)
        _commits(tools, place / "commits", goals)
        _lines(tools, place / "lines", goals)
    return goals.report()


def _whole_tree(title: str, tree: pathlib.Path, tools: Toolbox, goals: Goals) -> None:
    files = [path for path in tree.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1e6
    print(f"\n{title}: {len(files)} files, {size:.1f} MB (best of {ROUNDS_OF_A_TREE})")
    ours = {f"k6ci, {name}": tools.k6ci(*BACKENDS[name]) for name in tools.backends}
    measured = best_of(ROUNDS_OF_A_TREE, {**ours, **tools.rivals()}, tree)
    rival = measured.get("gitleaks")
    for name, one in measured.items():
        ratio = f"{one.seconds / rival.seconds:6.2f} x gitleaks" if rival else ""
        ratio += f" ({one.cpu_seconds / rival.cpu_seconds:.2f} of CPU time)" if rival else ""
        print(f"  {name:28}{_row(one)}{ratio}")
    for name, limit in (("re2", 1.0), ("re", 1.5)):
        label = f"{title}, {name}: time, in gitleaks'"
        if rival and name in tools.backends:
            goals.at_most(label, measured[f"k6ci, {name}"].seconds / rival.seconds, limit)
        else:
            goals.missing.append(label)
    for name in ours:
        goals.at_most(f"{title}, {name}: peak memory of a process, MB", measured[name].megabytes, 150)


def _one_large_file(tools: Toolbox, path: pathlib.Path, goals: Goals) -> None:
    print(f"\n{path.name}: {path.stat().st_size / 1e6:.1f} MB on one line")
    measured = best_of(3, {"k6ci, re": tools.k6ci_files([path.name], "re2")}, path.parent)["k6ci, re"]
    print(f"  k6ci, re{'':20}{_row(measured)}")
    goals.at_most("one-line JSON of 100,000 records: seconds", measured.seconds, 10)
    goals.at_most("one-line JSON of 100,000 records: peak memory of a process, MB", measured.megabytes, 150)


def _beside_detect_secrets(tools: Toolbox, tree: pathlib.Path, goals: Goals) -> None:
    files = sorted(str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_file())
    print(f"\n{tree.name}: {len(files)} files, named one by one (once; k6ci best of {ROUNDS_BESIDE_THE_STOCK_HOOK})")
    stock = best_of(1, {"hook": tools.stock_hook(files)}, tree)
    ours = best_of(ROUNDS_BESIDE_THE_STOCK_HOOK, {"k6ci, re": tools.k6ci_files(files, "re2")}, tree)
    for name, one in {**{f"detect-secrets {name}": one for name, one in stock.items()}, **ours}.items():
        print(f"  {name:28}{_row(one)}{one.seconds / ours['k6ci, re'].seconds:6.1f} x k6ci")
    goals.at_most(
        f"{tree.name}, re: time, in the stock hook's", ours["k6ci, re"].seconds / stock["hook"].seconds, 1 / 15
    )


def _commits(tools: Toolbox, place: pathlib.Path, goals: Goals) -> None:
    print(f"\na commit of 10 small files (median of {ROUNDS_OF_A_COMMIT})")
    shapes = small_commit(place)
    commands = {"python -c pass": tools.bare_python()}
    commands |= {f"k6ci, {shape}": tools.hook(names) for shape, names in shapes.items()}
    measured = best_of(ROUNDS_OF_A_COMMIT, commands, place, by_median=True)
    bare = measured["python -c pass"]
    for name, one in measured.items():
        print(f"  {name:36}{one.seconds * 1000:8.1f} ms{one.seconds / bare.seconds:8.2f} x python")
    for shape in shapes:
        limit = {"nothing suspicious": 5, "words of secrets": 6}.get(shape, 9)
        goals.at_most(f"commit, {shape}: in bare Pythons", measured[f"k6ci, {shape}"].seconds / bare.seconds, limit)


def _lines(tools: Toolbox, place: pathlib.Path, goals: Goals) -> None:
    print("\none file of so many lines, one in fifty suspicious (CPU, best of 5): µs a line")
    names = lines_of_code(place)
    for backend in tools.backends:
        seconds = tools.seconds_of_files(list(names.values()), backend, place)
        costs = {lines: each / lines * 1e6 for lines, each in zip(names, seconds, strict=True)}
        print(f"  {backend:12}" + "   ".join(f"{lines}: {cost:.2f}" for lines, cost in costs.items()))
        first, *_, last = costs.values()
        goals.at_most(f"cost of a line at 8 times the lines, {backend}: in that at 1", last / first, 1.3)


def _row(one: Measured) -> str:
    return f"{one.seconds:8.2f} s {one.cpu_seconds:8.2f} s CPU {one.megabytes:6.0f} MB {one.findings:6d} findings "
