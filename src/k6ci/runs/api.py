"""ApiRunner: runs one test through the REST API, from the upload to the end, and leaves no run behind.

Why not `k6 cloud run`: it writes the token into the archive, polls for ever when the API fails, and leaves the run
going when a signal arrives during upload or start.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final

from k6ci.cloud.failures import CallError, explained
from k6ci.cloud.models import TestRun
from k6ci.errors import K6ciError
from k6ci.runs.attend import accident, attend, rescue
from k6ci.runs.launch import Launch
from k6ci.runs.listener import RunListener
from k6ci.runs.request import RunRequest
from k6ci.runs.result import RunResult
from k6ci.runs.runner import RunServices

_SEARCH_SECONDS: Final = 5.0


class ApiRunner:
    """Launches a run and attends to it; satisfies runs.runner.Runner."""

    def __init__(self, services: RunServices, listener: RunListener) -> None:
        self._services, self._listener = services, listener

    async def run(self, request: RunRequest, started: Callable[[TestRun], None] | None = None) -> RunResult:
        """Run the script to its end; what goes wrong is in the result."""
        launch = Launch(self._services, self._listener, request)
        try:
            return await self._run(launch, started)
        except CallError as error:
            return launch.result(explained(error, self._services.client.origin))
        except K6ciError as error:
            return launch.result(error)
        finally:
            with contextlib.suppress(OSError):
                self._listener.ended()

    async def _run(self, launch: Launch, started: Callable[[TestRun], None] | None) -> RunResult:
        interruption = self._services.interruption
        with interruption.scope():
            load_test_id = await launch.store()
        if interruption.is_over:
            return launch.result()
        try:
            launched = await launch.start(load_test_id)
        except (K6ciError, CallError):
            raise  # a refusal, or an outcome that is not known
        except Exception as error:
            if launch.requested_at is None:
                raise
            return await self._after_accident(launch, error)
        except BaseException:
            await self._after_accident(launch, None)
            raise
        if launched is None:
            return launch.result()
        if started is not None:
            started(launched.run)
        return await attend(self._services, self._listener, launched)

    async def _after_accident(self, launch: Launch, error: Exception | None) -> RunResult:
        """A start was requested, and then something failed here: the run is looked for and stopped."""
        launched = await launch.found(_SEARCH_SECONDS)
        if launched is not None:
            return await rescue(self._services, self._listener, launched, error)
        return launch.result(accident(error, f"the load test {launch.load_test_name!r}") if error is not None else None)
