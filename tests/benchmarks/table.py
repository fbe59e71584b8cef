"""What benchmarks print: the machine, what else it is doing, and rows of minimum, median, maximum and ratio."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median

from core.training.process import physical_cores

HEADER = f"{'':38}{'minimum':>10}{'median':>10}{'maximum':>10}{'ratio':>8}"


def machine(*packages: str) -> str:
    """Processor, cores, load before the start, and the versions of Python and of these packages."""
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "?"
    return (
        f"{_processor()}, {physical_cores()} cores; Python {platform.python_version()}, {versions}; "
        f"load average before the start {load} (0 is a quiet machine)"
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    pairs = [line.partition(":") for line in lines]
    fields = {name.strip(): value.strip() for name, _, value in pairs}
    kinds = [kind for kind in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if kind in fields.get("flags", "").split()]
    return f"{fields.get('model name') or platform.processor() or platform.machine()} ({', '.join(kinds)})"


def row(name: str, values: Sequence[float], reference: Sequence[float] | None = None, digits: int = 0) -> str:
    """A line of the table; the ratio is of the medians."""
    figures = "".join(f"{value:10,.{digits}f}" for value in (min(values), median(values), max(values)))
    ratio = f"{median(values) / median(reference):8.2f}" if reference else ""
    return f"{name:38}{figures}{ratio}"
