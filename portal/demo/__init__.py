"""The demo: a portal that looks as if it had run for a year and a half.

It goes through the product's own door: catalogues are made as files and published, classes are
filed, finished and certified by the same services that people use. Only the long history of
attendance is written in bulk.
"""
