"""Samples that can be drawn again."""

from collections import Counter
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.sampling import draw, population_hash

IDS = st.lists(st.uuids(), min_size=1, max_size=60, unique=True)


@given(IDS, st.text(min_size=1, max_size=20), st.integers(1, 60), st.randoms())
def test_the_same_seed_draws_the_same_whatever_the_order(ids, seed, size, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(ids)
    random.shuffle(shuffled)
    drawn = draw(ids, seed=seed, size=size)
    assert drawn == draw(shuffled, seed=seed, size=size)
    assert len(drawn) == min(size, len(ids)) == len(set(drawn))
    assert set(drawn) <= set(ids)
    assert population_hash(ids) == population_hash(shuffled)


def test_everything_has_about_the_same_chance() -> None:
    ids = [UUID(int=number) for number in range(10)]
    counts = Counter(one for seed in range(2_000) for one in draw(ids, seed=str(seed), size=3))
    assert all(500 < counts[one] < 700 for one in ids)
