"""Catalogues of every kind: imported from sheets, drafted, compared, published, withdrawn.

``forms`` says what the entries of a kind are; ``imports`` and ``checking`` turn a sheet into a
draft; ``life`` publishes and withdraws; ``contents``, ``changes`` and ``exporting`` are what
everybody may read.
"""
