"""What `python -m core sweep` does: says what a sweep will take, trains it, and ranks what came of it."""

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import Any

from core.errors import ConfigError

_SET = "a setting and its values, lr=1e-3,1e-2, or a range of them, lr=1e-4..1e-2x3; up to three that vary"


def add_to(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--preset", default="article", metavar="NAME", help="what the other settings are; default article"
    )
    parser.add_argument("--set", dest="sets", action="append", default=[], metavar="NAME=V,V", help=_SET)
    parser.add_argument(
        "--seeds", type=int, default=1, metavar="N", help="seeds for each combination, 1 to 20; default 1"
    )
    at_once = "runs that train at the same time, 1 to the number of cores, which they divide; default 1"
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help=at_once)
    parser.add_argument("--data", metavar="DIR", help="a torchvision root; default MNIST_ROOT, else data/")
    parser.add_argument("--runs", metavar="DIR", help="the runs folder; default RUNS_ROOT, else runs/")
    parser.add_argument("--json", action="store_true", help="print one event a line as JSON, and nothing else")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--plan", action="store_true", help="say how many runs and how long, and train none")
    instead.add_argument("--resume", metavar="SWEEP", help="go on with a sweep that was interrupted or stopped")
    instead.add_argument("--stop", metavar="SWEEP", help="stop a sweep as a whole; --resume goes on with it")
    instead.add_argument("--pause", metavar="SWEEP", help="pause a sweep as a whole; --resume goes on with it")
    instead.add_argument("--show", metavar="SWEEP", help="rank what came of a sweep so far")


def sweep(options: Namespace) -> None:
    from core.runs import sweeps
    from core.runs.store import Store

    if not (options.resume or options.stop or options.pause or options.show):
        planned = sweeps.plan(options.preset, options.sets, options.seeds, options.at_once)
    elif options.sets or options.at_once != 1:
        raise ConfigError("A sweep that was begun keeps its settings: leave out --set and --at-once.")
    store = Store(options.runs)
    if options.stop:
        sweeps.stop(store, options.stop)
    elif options.pause:
        sweeps.pause(store, options.pause)
    elif options.show:
        _rank(options, sweeps.runs_of(store, options.show))
    elif options.resume:
        sweeps.take_up(store, options.resume)
        _follow(options, store, options.resume)
    else:
        _foretell(options, store, planned)
        if not options.plan:
            _follow(options, store, sweeps.begin(store, planned, options.data))


def _foretell(options: Namespace, store, planned) -> None:
    from core.digits import data
    from core.runs import forecast

    runs, at_once = len(planned.configs), planned.at_once
    seconds = forecast.measured(store, planned.configs, data.describe(options.data), at_once)
    _tell(
        options,
        {
            "event": "planned",
            "runs": runs,
            "seconds": round(seconds, 1),
            "settings": planned.settings,
            "at_once": at_once,
        },
        f"{runs} runs, about {_minutes(seconds)} {'one after another' if at_once == 1 else f'{at_once} at a time'}.",
    )


def _follow(options: Namespace, store, sweep_id: str) -> None:
    """Tells each run as it ends. Whoever interrupts this leaves the runs to themselves."""
    from core.runs import sweeps

    _tell(options, {"event": "started", "sweep": sweep_id}, f"Sweep {sweep_id}")
    try:
        for run in sweeps.followed(store, sweep_id):
            _tell(options, {"event": "finished", **_result(run)}, f"{run.state:<8}  {_accuracy(run)}  {run.name}")
    except KeyboardInterrupt:
        print(
            f"The runs go on by themselves: 'python -m core sweep --show {sweep_id}' ranks them, --stop ends them.",
            file=sys.stderr,
        )
        raise
    _rank(options, sweeps.runs_of(store, sweep_id))


def _rank(options: Namespace, runs) -> None:
    from core.runs import comparison, sweeps

    best = sweeps.ranked(runs)
    if options.json:
        seeds = comparison.as_json(comparison.compare(best))["seeds"]
        print(json.dumps({"event": "ranked", "runs": [_result(run) for run in best], "seeds": seeds}), flush=True)
        return
    print("Best first:")
    for run in best:
        print(f"{_accuracy(run)}  {run.state:<8}  {run.id}  {run.name}")
    for group in comparison.seeds_of(best):
        spread = group.figures.get("test_accuracy")
        if spread:
            name = next(run.name for run in best if run.id == group.runs[0])
            print(f"{spread.mean:.2%} ± {100 * spread.deviation:.2f} over {spread.runs} seeds  {name}")


def _result(run) -> dict[str, Any]:
    from core.runs import sweeps

    config = run.config.as_dict()
    told = {"run": run.id, "name": run.name, "status": run.state, "accuracy": sweeps.figure_of(run)}
    return told | {"test_accuracy": run.facts.test_accuracy, "config": config}


def _accuracy(run) -> str:
    from core.runs import sweeps

    figure = sweeps.figure_of(run)
    return "      -" if figure is None else f"{figure:7.2%}"


def _tell(options: Namespace, event: dict[str, Any], line: str) -> None:
    print(json.dumps(event) if options.json else line, flush=True)


def _minutes(seconds: float) -> str:
    return (
        f"{seconds:.0f} s"
        if seconds < 90
        else f"{seconds / 60:.0f} min"
        if seconds < 5400
        else f"{seconds / 3600:.1f} h"
    )
