"""One JSON line a figure."""

import json


def report(
    bench: str,
    metric: str,
    value: float,
    *,
    bar: float | None = None,
    at_least: bool = False,
    exactly: bool = False,
) -> None:
    """Print a figure, and whether it meets its bar (at most, unless said otherwise)."""
    line: dict[str, object] = {"bench": bench, "metric": metric, "value": round(value, 3)}
    if bar is not None:
        met = value == bar if exactly else value >= bar if at_least else value <= bar
        line |= {"bar": bar, "met": met}
    print(json.dumps(line), flush=True)
