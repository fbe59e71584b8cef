"""How a campaign went, and its table."""

from dataclasses import dataclass, field


@dataclass
class Outcome:
    tries: int = 0
    failures: list[str] = field(default_factory=list)
    """A line for each try that did not hold."""

    def __str__(self) -> str:
        return f"{self.tries:>6} {self.tries - len(self.failures):>6} {len(self.failures):>6}"


def report(name: str, outcomes: dict[str, Outcome]) -> int:
    """Prints what failed and the table; returns the exit status."""
    for kind, outcome in outcomes.items():
        for failure in outcome.failures:
            print(f"{kind}: {failure}")
    print(f"{name:<12} {'tries':>6} {'held':>6} {'failed':>6}")
    for kind, outcome in outcomes.items():
        print(f"{kind:<12} {outcome}")
    tries, failed = sum(o.tries for o in outcomes.values()), sum(len(o.failures) for o in outcomes.values())
    print(f"{'all':<12} {tries:>6} {tries - failed:>6} {failed:>6}")
    return 1 if failed else 0
