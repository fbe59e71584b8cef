"""A real worker to which something happens at a step that the test names, however fast it trains.

    python -m tests.worker_at RUN [--pause STEP] [--kill STEP]

--pause asks for a pause after this step, as a person would, so that a checkpoint of it is certain; --kill is a SIGKILL.
"""

import argparse
import os
import signal
import sys

from core.errors import RowByRowError
from core.runs import worker
from core.runs.store import Store
from core.training.events import Event, Step


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--pause", type=int)
    parser.add_argument("--kill", type=int)
    options = parser.parse_args()
    store = Store()

    def meet(event: Event, lines: list[str]) -> None:
        if isinstance(event, Step) and event.step == options.pause:
            store.command(options.run, "pause")
        if isinstance(event, Step) and event.step == options.kill:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        worker.run(store, options.run, meet)
    except RowByRowError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
