"""Pure rules: no I/O, no clock, no framework. Facts and time come in as arguments."""
