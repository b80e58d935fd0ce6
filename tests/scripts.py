"""Scripts for k6 that end in every way in which a script can end; none needs a server."""

from __future__ import annotations

_HEAD = "import { check, sleep } from 'k6';\nimport exec from 'k6/execution';\n"


def script(options: str, body: str, *, more: str = "") -> str:
    """A script with those options (JavaScript) and that default function."""
    return f"{_HEAD}export const options = {{ {options} }};\n{more}\nexport default function () {{ {body} }}\n"


PASSING = script(
    "vus: 1, duration: '1s', thresholds: { checks: ['rate>0.9'] }",
    "console.log('hello from the script'); check(1, { 'one is one': (x) => x === 1 }); sleep(0.2);",
)
CROSSING = script(
    "vus: 1, iterations: 2, thresholds: { checks: ['rate>0.9'] }",
    "check(1, { 'one is two': (x) => x === 2 });",
)
ABORTING_ON_FAIL = script(
    "vus: 1, duration: '20s', thresholds: { checks: [{ threshold: 'rate>0.9', abortOnFail: true }] }",
    "check(1, { 'one is two': (x) => x === 2 }); sleep(0.1);",
)
ABORTING_ITSELF = script("vus: 1, duration: '20s'", "sleep(0.3); exec.test.abort('enough is enough');")
THROWING_IN_SETUP = script(
    "vus: 1, iterations: 1", "", more="export function setup() { throw new Error('no database'); }"
)
THROWING_ALWAYS = script("vus: 1, iterations: 3", "throw new Error('every time');")
MARKED_AS_FAILED = script("vus: 1, iterations: 1", "exec.test.fail('not good enough');")
ENDLESS = script("vus: 1, duration: '120s'", "console.log('still here'); sleep(0.1);")
INSTANT = "export default function () {}\n"
BROKEN = "export default function () { this is no JavaScript\n"
