"""The command line: python -m dashboard page."""

import argparse
import sys
from pathlib import Path
from typing import NoReturn

from core.errors import RowByRowError, WeightsError


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line that names the problem and the remedy, exit status 2."""
        command = " ".join(dict.fromkeys(["dashboard", self.prog.split()[-1]]))
        print(f"{message[0].upper()}{message[1:]}: see 'python -m {command} -h'.", file=sys.stderr)
        raise SystemExit(2)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 done, 2 a mistake, 130 interrupted."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except RowByRowError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="dashboard", usage="python -m dashboard [-h] command ...", description="Keep what is shown.")
    commands = parser.add_subparsers(required=True, metavar="command", parser_class=_Parser)
    page = commands.add_parser(
        "page",
        prog="python -m dashboard page",
        help="write a reader as one HTML file that needs no network",
        description="Writes a reader as one HTML file: draw in it and watch it read, with no network and no server.",
    )
    page.add_argument("--weights", metavar="FILE", help=".safetensors or rnn.pth; default the shipped reader")
    page.add_argument("--out", required=True, metavar="FILE", help="the .html file to write, such as page.html")
    page.set_defaults(command=_page)
    return parser


def _page(options: argparse.Namespace) -> None:
    from core.files import write_atomically
    from core.reading import readers
    from dashboard import takeaway

    out = Path(options.out)
    try:
        _check_out(out, options.weights)
        write_atomically(out, takeaway.page(readers.load(options.weights)))
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise _unwritable(out, error) from None
    print(out)


def _check_out(out: Path, weights: str | None) -> None:
    """Refuses what is no plain file: a link would be replaced, and what it points to is not what was asked for."""
    if out.is_symlink() or (out.exists() and not out.is_file()):
        raise WeightsError("{path} is a link, a folder or a device: choose a plain file as --out.", path=out)
    if weights and out.exists() and Path(weights).exists() and out.samefile(weights):
        raise WeightsError("{path} holds the weights that are to be read: choose another --out.", path=out)


def _unwritable(out: Path, error: Exception) -> WeightsError:
    reason = getattr(error, "strerror", None) or str(error)
    return WeightsError("Cannot write {path} ({reason}): choose another --out.", path=out, reason=reason)


if __name__ == "__main__":
    raise SystemExit(main())
