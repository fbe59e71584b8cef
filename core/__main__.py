"""The command line: python -m core train | resume | evaluate | read | trace | export | download | runs."""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from core.errors import RowByRowError, WeightsError
from core.training import distributed, process
from core.training.config import CHOICES, PRESETS, TrainConfig, preset

_SETTINGS = ("cell", "hidden", "layers", "batch_size", "lr", "epochs", "seed", "device", "precision", "devices")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line that names the problem and the remedy, exit status 2."""
        print(f"{message[0].upper()}{message[1:]}: see 'python -m core {self.prog.split()[-1]} -h'.", file=sys.stderr)
        raise SystemExit(2)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 done, 2 a mistake, 130 interrupted."""
    options = _parser().parse_args(arguments)
    options.arguments = sys.argv[1:] if arguments is None else arguments
    try:
        return options.command(options) or 0
    except RowByRowError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as with `| head`
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description="Train, question and export row readers.")
    commands = parser.add_subparsers(required=True, metavar="command", parser_class=_Parser)

    train = commands.add_parser("train", help="train a network on MNIST")
    train.add_argument("--preset", default="article", help=f"one of {', '.join(PRESETS)}; default article")
    for name, kind in (("hidden", int), ("layers", int), ("batch-size", int), ("epochs", float), ("seed", int)):
        train.add_argument(f"--{name}", type=kind)
    train.add_argument("--lr", type=float, help="learning rate, or its peak under the one-cycle schedule")
    for name in ("cell", "device", "precision"):
        train.add_argument(f"--{name}", choices=CHOICES[name])
    train.add_argument("--devices", type=int, metavar="N", help="processes that share each batch, one a device")
    _add_data(train)
    _add_runs(train)
    train.add_argument("--run", help="train this queued run of the runs folder")
    train.set_defaults(command=_train)

    resume = commands.add_parser("resume", help="go on with a run from its last checkpoint")
    resume.add_argument("run", metavar="ID")
    _add_runs(resume)
    resume.set_defaults(command=_resume)

    evaluate = commands.add_parser("evaluate", help="measure a reader on the test set")
    _add_weights(evaluate)
    _add_data(evaluate)
    evaluate.set_defaults(command=_evaluate)

    read = commands.add_parser("read", help="read drawings, one JSON object a line")
    _add_weights(read)
    read.add_argument("file", metavar="FILE.jsonl")
    read.set_defaults(command=_read)

    trace = commands.add_parser("trace", help="write every state of one reading")
    _add_weights(trace)
    _add_data(trace)
    what = trace.add_mutually_exclusive_group(required=True)
    what.add_argument("--index", type=int, help="a test image, counted from 0")
    what.add_argument("--image", help="a picture")
    what.add_argument("--strokes", help="a JSON file: one drawing as `read` takes it")
    trace.add_argument("--out", required=True, help="the .npz file to write")
    trace.set_defaults(command=_trace)

    export = commands.add_parser("export", help="write a reader as rnn.pth or .safetensors")
    _add_weights(export)
    export.add_argument("--out", required=True)
    export.set_defaults(command=_export)

    download = commands.add_parser("download", help="fetch MNIST")
    _add_data(download)
    download.set_defaults(command=_download)

    runs = commands.add_parser("runs", help="list runs")
    runs.add_argument("--runs", metavar="DIR")
    runs.set_defaults(command=_runs)
    return parser


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="a torchvision root; default MNIST_ROOT, else data/")


def _add_weights(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--weights", metavar="FILE", help=".safetensors or rnn.pth; default the shipped reader")


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", metavar="DIR", help="the runs folder; default RUNS_ROOT, else runs/")
    parser.add_argument("--json", action="store_true", help="print one event a line as JSON, nothing else")


def _train(options: argparse.Namespace) -> int:
    from core.runs import worker
    from core.runs.store import Store

    world = distributed.join()
    if world.rank:
        return _follow(world)
    if options.run:
        return _resumed(Store(options.runs), options.run, options, world)
    config = preset(options.preset, **{name: getattr(options, name) for name in _SETTINGS})
    _spread(world, config, options)
    return _work(lambda listen: worker.start(options.runs, config, options.data, listen, world), options, world)


def _resume(options: argparse.Namespace) -> int:
    from core.errors import StoreError
    from core.messages import Message
    from core.runs.run import RESUMABLE
    from core.runs.store import Store

    world = distributed.join()
    if world.rank:
        return _follow(world)
    store = Store(options.runs)
    run = store.run(options.run)
    if run.state not in RESUMABLE:
        raise StoreError(
            "Run {run} is {state}: only one that was stopped, failed or lost can be resumed here.",
            run=run.id,
            state=Message(run.state),
        )
    return _resumed(store, run.id, options, world)


def _resumed(store, run_id: str, options: argparse.Namespace, world: distributed.World) -> int:
    from core.runs import worker

    _spread(world, store.run(run_id).config, options)
    return _work(lambda listen: worker.run(store, run_id, listen, world), options, world)


def _spread(world: distributed.World, config: TrainConfig, options: argparse.Namespace) -> None:
    """Starts over as several processes where the config asks for them; torchrun's own number, where given, holds."""
    if world.size == 1 and config.devices > 1:
        distributed.launch(config.devices, options.arguments)


def _follow(world: distributed.World) -> int:
    from core.runs import worker

    worker.follow(world)
    distributed.leave(world)
    return 0


def _work(train: Callable, options: argparse.Namespace, world: distributed.World) -> int:
    """Trains, `train(listen)`, and prints what the person is to see."""
    from core.runs import lifecycle
    from core.runs.store import Store
    from core.training.events import Started, as_json

    def print_json(event, lines: list[str]) -> None:
        print(json.dumps(as_json(event)), flush=True)

    def print_lines(event, lines: list[str]) -> None:
        if isinstance(event, Started):
            chosen = f"{event.device} ({event.device_reason}), {event.precision} ({event.precision_reason})"
            print(f"Run {event.run}: {chosen}. {event.note}", file=sys.stderr)
        for line in lines:
            print(line, flush=True)

    finished = train(print_json if options.json else print_lines)
    distributed.leave(world)
    lifecycle.refresh(Store(options.runs))
    if not options.json:
        where = f"weights: {finished.weights}" if finished.weights else "no weights yet"
        print(f"{finished.status.capitalize()} after {finished.seconds:.1f} s, {where}", file=sys.stderr)
    return 0


def _evaluate(options: argparse.Namespace) -> None:
    import torch

    from core.digits import data
    from core.reading import readers
    from core.training.evaluation import evaluate
    from core.training.model import network_of

    torch.set_num_threads(process.physical_cores())
    network, mnist = network_of(readers.load(options.weights)), data.load(options.data, _progress)
    result = evaluate(network, torch.tensor(mnist.test.images), torch.tensor(mnist.test.labels))
    figures = {"loss": result.loss, "accuracy": result.accuracy, "images": result.images, "source": mnist.source}
    print(json.dumps(figures))


def _read(options: argparse.Namespace) -> None:
    from core.digits import records
    from core.reading import readers, tracing

    reader = readers.load(options.weights)
    for number, record, folder in _records(options.file):
        try:
            frame = records.from_record(record, folder)
        except RowByRowError as error:
            raise type(error)(f"{options.file}, line {number}: {error}") from None
        probabilities = tracing.read(reader, frame.pixels[None])[0]
        digit = int(probabilities.argmax())
        print(json.dumps({"digit": digit, "probabilities": [round(float(p), 6) for p in probabilities]}), flush=True)


def _records(name: str):
    """(line number, JSON object, folder for its relative paths) of each line that is not blank."""
    from core.errors import DrawingError

    path = Path(name)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DrawingError(f"Cannot read {path} ({error}): give a file with one JSON object a line.") from None
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield number, json.loads(line), path.parent
            except ValueError as error:
                raise DrawingError(f"{path}, line {number} is no JSON ({error}): mend that line.") from None


def _trace(options: argparse.Namespace) -> None:
    from core.files import write_atomically
    from core.reading import readers, tracing

    reader = readers.load(options.weights)
    content = tracing.to_npz_bytes(tracing.trace(reader, _frame(options)))
    try:
        write_atomically(Path(options.out), content)
    except OSError as error:
        raise WeightsError(f"Cannot write {options.out} ({error.strerror}): choose another --out.") from None


def _frame(options: argparse.Namespace):
    from core.digits import data, drawing, records
    from core.errors import DrawingError

    if options.image:
        return records.from_record({"image": options.image}, Path()).pixels
    if options.strokes:
        for _, record, folder in _records(options.strokes):
            return records.from_record(record, folder).pixels
        raise DrawingError(f"{options.strokes} holds no drawing: give one JSON object in one line.")
    test = data.load(options.data, _progress).test
    if not 0 <= options.index < len(test):
        raise DrawingError(f"--index is {options.index}: choose a test image from 0 to {len(test) - 1}.")
    return drawing.from_pixels(test.images[options.index]).pixels


def _export(options: argparse.Namespace) -> None:
    from core.reading import readers

    readers.save(readers.load(options.weights), options.out)
    print(options.out)


def _download(options: argparse.Namespace) -> None:
    from core.digits import data

    print(data.download(options.data, _progress))


def _progress(name: str, done: int, total: int) -> None:
    share = f"{done / total:4.0%}" if total else f"{done >> 10} KiB"
    print(f"\r{name} {share}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def _runs(options: argparse.Namespace) -> None:
    from core.runs.store import Store

    for run in Store(options.runs).runs():
        facts = run.facts
        accuracy = f"{facts.test_accuracy:.2%}" if facts.test_accuracy is not None else "-"
        config = run.config
        network = f"{config.cell} {config.layers} x {config.hidden}"
        progress = f"{facts.step}/{facts.steps or '?'} steps"
        print(f"{run.id}  {run.state:<8}  {config.preset:<8}  {network:<13}  {progress:<18}  test {accuracy}")


if __name__ == "__main__":
    raise SystemExit(main())
