"""The issuer's key: made once, readable by its owner only, published by its public half."""

import stat
import threading
from pathlib import Path

import pytest

from portal.db.vault import KeyFileProblem
from portal.documents.signature import verify_compact
from portal.services import issuer


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "issuer.pem"
    assert issuer.ensure_issuer_key(path)
    before = path.read_bytes()
    assert not issuer.ensure_issuer_key(path)
    assert path.read_bytes() == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_several_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / "issuer.pem"
    made: list[bool] = []
    barrier = threading.Barrier(6)

    def start() -> None:
        barrier.wait()
        made.append(issuer.ensure_issuer_key(path))

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False] * 5 + [True]
    assert list(tmp_path.iterdir()) == [path]


def test_what_the_key_signs_is_verified_by_the_published_keys() -> None:
    issuer.ensure_issuer_key(issuer.issuer_key_file())
    token = issuer.get_issuer().sign({"a": 1})
    page = issuer.published()
    assert verify_compact(token, page["keys"]) == {"a": 1}  # type: ignore[arg-type]
    assert page["name"] == issuer.issuer_name()
    assert str(page["id"]).endswith("/.well-known/portal-issuer.json")


def test_the_published_keys_hold_nothing_private() -> None:
    issuer.ensure_issuer_key(issuer.issuer_key_file())
    assert all("d" not in key for key in issuer.published()["keys"])  # type: ignore[attr-defined]


def test_a_missing_key_names_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(KeyFileProblem, match="portal init"):
        issuer.load_issuer(tmp_path / "none.pem")


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "issuer.pem").write_text("hello")
    with pytest.raises(KeyFileProblem):
        issuer.load_issuer(tmp_path / "issuer.pem")
