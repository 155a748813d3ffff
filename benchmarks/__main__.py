"""``make bench``: every benchmark, one after the other."""

import importlib

BENCHES = (
    "bench_rules",
    "bench_risk",
    "bench_publish",
    "bench_roster",
    "bench_search",
    "bench_archive",
    "bench_certificates",
    "bench_verify",
    "bench_overview",
    "bench_trail",
    "bench_http",
    "bench_burst",
    "bench_signins",
    "bench_pages",
    "bench_start",
)


def main() -> None:
    """Run them all."""
    for name in BENCHES:
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
