"""What the authority oversees in numbers: counts by place, plan and time, and targets.

``recounting`` says what is counted and how, ``refreshing`` keeps the tallies up to date by the
changes that triggers wrote down, ``rebuilding`` makes them anew, ``checking`` compares them with
a recount. ``overview`` and ``drilling`` read them. ``target_lines`` is what the packs set,
``targets`` what officers make of it, ``progress`` how far it has come.
"""
