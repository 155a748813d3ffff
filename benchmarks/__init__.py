"""What the speed claims rest on; one command each (``python -m benchmarks.bench_search``)."""
