"""The command line: python -m core COMMAND; commands.py, reader_commands.py and run_commands.py have what each does."""

import argparse
import os
import sys
from contextlib import suppress
from typing import NoReturn

from core import commands, reader_commands, run_commands, sweep_command
from core.errors import exit_status
from core.messages import one_line
from core.training import flags


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line that names the problem and the remedy, exit status 2."""
        said = one_line(message)
        print(f"{said[0].upper()}{said[1:]}: see '{self.prog} -h'.", file=sys.stderr)
        raise SystemExit(2)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 done, 2 a mistake, 130 interrupted."""
    options, unknown = _parser().parse_known_args(arguments)
    if unknown:  # refused by the command's own parser, whose help lists what there is
        options.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    options.arguments = sys.argv[1:] if arguments is None else arguments
    return exit_status(lambda: options.command(options))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description="Train, question and export row readers.")
    subparsers = parser.add_subparsers(required=True, metavar="command", parser_class=_Parser)
    for add in (_add_training, _add_reading, _add_upkeep, _add_making):
        add(subparsers)
    return parser


def _command(subparsers, name: str, command, text: str) -> argparse.ArgumentParser:
    parser = subparsers.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(command=command, parser=parser)
    return parser


def _add_training(subparsers) -> None:
    train = _command(subparsers, "train", commands.train, "train a network on MNIST")
    flags.add_to(train)
    _add_data(train)
    _add_runs(train)
    _add_json(train)
    train.add_argument("--run", metavar="ID", help="train this queued run of the runs folder")
    train.add_argument("--name", metavar="TEXT", default="", help="call the run so; default what sets it apart")

    resume = _command(subparsers, "resume", commands.resume, "continue a run from its last checkpoint")
    resume.add_argument("run", metavar="ID")
    _add_runs(resume)
    _add_json(resume)

    sweep_command.add_to(_command(subparsers, "sweep", sweep_command.sweep, "train and rank runs of several settings"))


def _add_reading(subparsers) -> None:
    evaluate = _command(subparsers, "evaluate", reader_commands.evaluate, "measure a reader on the test set")
    _add_weights(evaluate)
    _add_data(evaluate)
    drawings = 'drawings as `read` takes them, each with its "digit"'
    evaluate.add_argument("--drawings", metavar="FILE.jsonl", help=drawings)

    read = _command(subparsers, "read", reader_commands.read, "read drawings or a picture, one JSON object a line")
    _add_weights(read)
    pictures = "a drawings file, or a picture (.png, .jpg, ...): each digit with its box, in pixels of the picture"
    read.add_argument("file", metavar="FILE", help=pictures)

    trace = _command(subparsers, "trace", reader_commands.trace, "write every state of one reading")
    _add_weights(trace)
    _add_data(trace)
    subject = trace.add_mutually_exclusive_group(required=True)
    subject.add_argument("--index", type=int, metavar="N", help="a test image, counted from 0")
    subject.add_argument("--image", metavar="FILE", help="a picture")
    subject.add_argument("--strokes", metavar="FILE", help="a JSON file: one drawing as `read` takes it")
    _add_out(trace, "FILE.npz", "the file to write")

    similar = _command(subparsers, "similar", reader_commands.similar, "find the test digits with the nearest state")
    _add_weights(similar)
    _add_data(similar)
    _add_runs(similar)
    digit = similar.add_mutually_exclusive_group(required=True)
    digit.add_argument("--index", type=int, metavar="N", help="a test image, counted from 0")
    digit.add_argument("--strokes", metavar="FILE", help="a JSON file: one drawing as `read` takes it")
    rows = "the row after which, 1 to 28; default 28"
    similar.add_argument("--row", type=int, default=28, choices=range(1, 29), metavar="T", help=rows)
    similar.add_argument("--state", default="h", help="h, or an LSTM's C; default h")
    similar.add_argument("--count", type=int, default=24, metavar="K", help="how many, 1 to 1000; default 24")

    export = _command(subparsers, "export", reader_commands.export, "write a reader as rnn.pth or .safetensors")
    _add_weights(export)
    _add_out(export, "FILE", "rnn.pth, or a name that ends in .safetensors")


def _add_upkeep(subparsers) -> None:
    _add_data(_command(subparsers, "download", commands.download, "fetch MNIST"))
    runs = _command(subparsers, "runs", run_commands.listing, "list runs, or do with them what is below")
    run_commands.add_to(runs)
    repair = "make a damaged store anew from what is left: its file, its daily copies, the runs' own folders"
    runs.add_argument("--repair", action="store_const", dest="command", const=commands.repair, help=repair)


def _add_making(subparsers) -> None:
    """For the makers of what lies in core/weights/."""
    ship = _command(subparsers, "ship", commands.ship, "make a finished run the shipped reader of its cell")
    ship.add_argument("run", metavar="ID")
    _add_runs(ship)
    for name, command, text in (
        ("delay", commands.delay, "measure how long the shipped readers remember their answer"),
        ("waiting", commands.waiting, "train the networks that answer after blank rows, and measure them"),
        ("ood", commands.ood, "make the out-of-distribution detector's file from MNIST"),
        ("discriminator", commands.discriminator, "train what tells digits from what is none"),
        ("subset", commands.subset, "make the subset that is used where there is no MNIST"),
    ):
        _add_data(_command(subparsers, name, command, text))


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help="the folder of MNIST; default MNIST_ROOT, else data/")


def _add_weights(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--weights", metavar="FILE", help=".safetensors or .pth; default the shipped reader")
    scaling = "what its training did to pixels from 0 to 1, such as 0.1307,0.3081; default nothing"
    parser.add_argument("--input-scaling", metavar="MEAN,STD", help=scaling)


def _add_out(parser: argparse.ArgumentParser, metavar: str, text: str) -> None:
    parser.add_argument("--out", metavar=metavar, required=True, help=text)
    parser.add_argument("--force", action="store_true", help="replace the file if it is there")


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", metavar="DIR", help="the runs folder; default RUNS_ROOT, else runs/")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one event a line as JSON, nothing else")


def _end(status: int) -> NoReturn:
    """Leaves at once: what was to be written is, and to take torch down again would last most of a second."""
    with suppress(BrokenPipeError, ValueError):  # who read our output has gone; the file is closed
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _end(main())
