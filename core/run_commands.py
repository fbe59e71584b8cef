"""What `python -m core runs` does: list, rename, delete and compare runs, print their metrics, order the queue."""

import json
import sys
import time
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable, Iterable

from core.errors import StoreError

_WHERE = "the runs folder; default RUNS_ROOT, else runs/"


def add_to(parser: ArgumentParser) -> None:
    """Everything below `runs`; `parser` is that command's own."""
    parser.add_argument("--runs", metavar="DIR", help=_WHERE)
    parser.add_argument("--json", action="store_true", help="print one JSON object a run, and nothing else")
    parser.add_argument("--all", action="store_true", help="list archived runs as well")
    inner = parser.add_subparsers(metavar="what", parser_class=type(parser))

    def add(name: str, function: Callable, text: str, runs: str | None = None) -> ArgumentParser:
        command = inner.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        command.set_defaults(command=function, parser=command)
        command.add_argument("--runs", metavar="DIR", default=SUPPRESS, help=_WHERE)
        if runs:
            command.add_argument(
                "run", metavar="ID", nargs=None if runs == "one" else "+", help="a run's id, or its name"
            )
        return command

    def add_json(command: ArgumentParser, text: str) -> None:
        command.add_argument("--json", action="store_true", default=SUPPRESS, help=text)

    add("metrics", metrics, "print every step of a run as CSV", "one")
    add("rename", rename, "call a run something else; an empty name is its own", "one").add_argument(
        "text", metavar="NAME"
    )
    add("note", note, "write a note to a run", "one").add_argument("text", metavar="TEXT")
    add("delete", delete, "delete runs; for a minute `restore` brings them back", "several")
    add("restore", restore, "bring back runs that were deleted in the last minute", "several")
    archived = add("archive", archive, "take runs out of the lists, with all that they have", "several")
    archived.add_argument("--undo", action="store_true", help="put them back")
    add_json(add("compare", compare, "say how runs differ and what came of it", "several"), "print one JSON object")
    waiting = add("queue", queue, "list the runs that wait; remove some, or move one")
    add_json(waiting, "print one JSON object a run")
    waiting.add_argument("action", nargs="?", choices=("list", "remove", "move"), default="list")
    waiting.add_argument("values", nargs="*", metavar="ID", help="remove ID...; move ID PLACE, 1 being the next")


def _store(options: Namespace):
    """The store, without what was deleted more than a minute ago."""
    from core.runs import upkeep
    from core.runs.store import Store

    store = Store(options.runs)
    upkeep.purge(store)
    return store


def _ids(store, wanted: Iterable[str]) -> list[str]:
    """The ids of runs that are named by id or by name. Raises StoreError for one that is not there."""
    named = {run.name: run.id for run in store.runs()}
    return [store.run(named.get(text, text)).id for text in wanted]


def listing(options: Namespace) -> None:
    from core.runs.comparison import card

    for run in _store(options).runs():
        if run.archived and not options.all:
            continue
        if options.json:
            print(json.dumps(card(run), ensure_ascii=False), flush=True)
            continue
        if run.unreadable:
            print(f"{run.id}  cannot be read  {run.message}")
            continue
        facts = run.facts
        accuracy = f"{facts.test_accuracy:.2%}" if facts.test_accuracy is not None else "-"
        progress = f"{facts.step}/{facts.steps or '?'} steps"
        print(f"{run.id}  {run.state:<8}  {progress:<18}  test {accuracy:<7}  {run.name}")


def metrics(options: Namespace) -> None:
    store = _store(options)
    for piece in store.metrics_csv(_ids(store, [options.run])[0]):
        print(piece, end="")


def rename(options: Namespace) -> None:
    from core.runs import upkeep

    store = _store(options)
    print(upkeep.rename(store, _ids(store, [options.run])[0], options.text))


def note(options: Namespace) -> None:
    from core.runs import upkeep

    store = _store(options)
    upkeep.note(store, _ids(store, [options.run])[0], options.text)


def delete(options: Namespace) -> None:
    from core.runs import upkeep

    store = _store(options)
    gone = upkeep.delete(store, _ids(store, options.run))
    print(f"Deleted {len(gone)}: 'python -m core runs restore {' '.join(gone)}' brings them back for a minute.")


def restore(options: Namespace) -> None:
    from core.runs import upkeep
    from core.runs.store import Store

    store = Store(options.runs)
    known = upkeep.deleted(store)
    named: dict[str, str] = {name: run_id for run_id, (name, _) in known.items()}
    wanted: list[str] = [named.get(text) or text for text in options.run]
    for run_id in wanted:
        if run_id not in known:
            raise StoreError("There is no deleted run {run}: after a minute it is gone for good.", run=repr(run_id))
    for run_id in upkeep.restore(store, wanted):
        print(run_id)


def archive(options: Namespace) -> None:
    from core.runs import upkeep

    store = _store(options)
    upkeep.archive(store, _ids(store, options.run), not options.undo)


def compare(options: Namespace) -> None:
    from core.runs import comparison

    store = _store(options)
    runs = [store.run(run_id) for run_id in dict.fromkeys(_ids(store, options.run))]
    if len(runs) < 2:
        raise StoreError("There is one run to compare: name two or more.")
    found = comparison.compare(runs)
    if options.json:
        print(json.dumps(comparison.as_json(found), ensure_ascii=False))
    else:
        print(_table(found))


def _table(found) -> str:
    """A column a run; where a figure differs from the first run's, by how much."""
    rows = [["", *(run.name for run in found.runs)]]
    rows += [[name, *map(_plain, values)] for name, values in found.settings.items()]
    for name, values in found.figures.items():
        less = found.differences[name]
        rows.append([name, *(f"{_plain(v)}{f' ({d:+.4g})' if d else ''}" for v, d in zip(values, less, strict=True))])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for group in found.seeds:
        spread = ", ".join(f"{name} {s.mean:.5g} ± {s.deviation:.2g}" for name, s in group.figures.items())
        lines.append(f"{len(group.runs)} runs that differ only in the seed: {spread}")
    return "\n".join(lines)


def _plain(value) -> str:
    return "-" if value is None else f"{value:.5g}" if isinstance(value, float) else str(value)


def queue(options: Namespace) -> None:
    from core.runs import queue as waiting
    from core.runs.comparison import card

    store, values = _store(options), options.values
    match options.action:
        case "remove" if values:
            for run_id in _ids(store, values):
                waiting.leave(store, run_id)
        case "move" if len(values) == 2 and values[1].isdecimal():
            waiting.move(store, _ids(store, values[:1])[0], int(values[1]))
        case "list" if not values:
            pass
        case _:
            raise StoreError("Say it as 'queue', 'queue remove ID...' or 'queue move ID PLACE', 1 being the next.")
    for place, run in enumerate(waiting.waiting(store), 1):
        if options.json:
            print(json.dumps(card(run) | {"place": place}, ensure_ascii=False))
        else:
            since = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.created))
            print(f"{place:>3}  {run.id}  {since}  {run.name}")
    sys.stdout.flush()
