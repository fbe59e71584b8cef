"""The command line: python -m dashboard page."""

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

from core.errors import WeightsError, exit_status
from core.messages import one_line


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One line that names the problem and the remedy, exit status 2."""
        command = " ".join(dict.fromkeys(["dashboard", self.prog.split()[-1]]))
        said = one_line(message)
        print(f"{said[0].upper()}{said[1:]}: see 'python -m {command} -h'.", file=sys.stderr)
        raise SystemExit(2)


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; returns the exit status: 0 done, 2 a mistake, 130 interrupted."""
    options = _parser().parse_args(arguments)
    return exit_status(lambda: options.command(options))


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
    page.add_argument("--force", action="store_true", help="replace the file if it is there")
    page.set_defaults(command=_page)
    return parser


def _page(options: argparse.Namespace) -> None:
    from core import files
    from core.reading import readers
    from dashboard import takeaway

    out = Path(options.out)
    try:
        target = files.out_target(out, options.force)
        if options.weights and target.exists() and os.path.exists(options.weights) and target.samefile(options.weights):
            raise WeightsError("{path} holds the weights that are to be read: choose another --out.", path=out)
        files.write_out(out, takeaway.page(readers.load(options.weights)), options.force)
    except OSError as error:
        raise WeightsError(
            "Cannot write {path} ({reason}): choose another --out.", path=out, reason=error.strerror
        ) from None
    print(out)


if __name__ == "__main__":
    raise SystemExit(main())
