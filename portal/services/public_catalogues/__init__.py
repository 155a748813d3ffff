"""What everybody may read of the catalogues: lists, entries, what belongs together, what changed.

``kinds`` names them, ``shelf`` counts them, ``lists`` finds entries, ``entry`` shows one with its
``links``, ``log`` tells what every version added, removed and changed.
"""
