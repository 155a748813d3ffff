"""Places by their codes (GB/T 2260): two digits a province, four a prefecture, six a county."""


def within(region_code: str, place: str) -> bool:
    """Whether a region is a place or lies in it; ``000000`` is the whole country."""
    stem = place
    while stem.endswith("00") and len(stem) > 0:
        stem = stem[:-2]
    return region_code.startswith(stem)
