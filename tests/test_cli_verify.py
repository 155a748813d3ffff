"""Verifying far from any network: saved keys and lists, their age, and what was seen before."""

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import typer
from sqlalchemy.exc import OperationalError, ProgrammingError
from typer.testing import CliRunner, Result

from portal import cli_verify
from portal.cli import app
from portal.services import issuers, status_lists, trust_files
from portal.settings import get_settings
from tests.verification.world import FORMS, NOW, World


def run(*args: str) -> Result:
    result = CliRunner().invoke(app, list(args))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """No database, no network: whoever asks for either fails the test."""

    def nothing(*_: object, **__: object) -> None:
        raise AssertionError("asked for what an offline verifier does not have")

    at(monkeypatch, NOW)
    monkeypatch.setattr(cli_verify, "in_transaction", nothing)
    monkeypatch.setattr(cli_verify, "fetch", nothing)
    monkeypatch.setattr(get_settings(), "data_dir", tmp_path / "data")
    monkeypatch.setattr(get_settings(), "database_url", None)
    return World()


def at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr(cli_verify, "now", lambda: moment)


def saved(world: World, tmp_path: Path, *lists: str) -> Path:
    folder = tmp_path / "trust"
    trust_files.save(folder, json.dumps(world.page()).encode(), lists or [world.status_list()])
    return folder


def kept(tmp_path: Path, content: bytes, name: str = "c") -> str:
    (tmp_path / name).write_bytes(content)
    return str(tmp_path / name)


def offline(file: str, *more: str | Path) -> Result:
    return run("verify", file, "--offline", *map(str, more))


@pytest.mark.parametrize("form", FORMS)
def test_a_certificate_is_valid_by_a_saved_folder_alone(
    world: World, tmp_path: Path, form: str
) -> None:
    file = kept(tmp_path, world.file(form))
    told = offline(file, "--issuers", saved(world, tmp_path))
    assert told.exit_code == 0
    for word in ("证书有效", "王*强", "电工基础", "签发者名单保存于", "状态名单签发于 "):
        assert word in told.stdout
    assert "王小强" not in told.output
    assert "7 天" not in told.output


def test_page_and_lists_may_be_named_one_by_one(world: World, tmp_path: Path) -> None:
    folder, file = saved(world, tmp_path), kept(tmp_path, world.json())
    page, one = folder / trust_files.PAGE, folder / "status-0.jwt"
    assert offline(file, "--issuers", page, "--status", one).exit_code == 0
    assert offline(file, "--issuers", page, "--status", folder).exit_code == 0
    assert offline(file, "--issuers", page).exit_code == 0
    one.unlink()
    alone = offline(file, "--issuers", page)
    assert alone.exit_code == 1
    assert "不知道是否已经撤销" in alone.stderr


def test_what_lies_in_the_data_folder_is_taken_without_being_named(
    world: World, tmp_path: Path
) -> None:
    saved(world, tmp_path).rename(tmp_path / "data-trust")
    (tmp_path / "data").mkdir()
    (tmp_path / "data-trust").rename(tmp_path / "data" / "trust")
    assert offline(kept(tmp_path, world.json())).exit_code == 0


def test_a_revoked_one_exits_1_and_says_so(world: World, tmp_path: Path) -> None:
    world.revoked = {4711}
    told = offline(kept(tmp_path, world.pdf()), "--issuers", saved(world, tmp_path))
    assert told.exit_code == 1
    assert "证书已撤销" in told.stderr


def test_what_was_saved_long_ago_is_told_and_what_is_over_is_not_relied_on(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, file = saved(world, tmp_path), kept(tmp_path, world.json())
    at(monkeypatch, NOW + timedelta(days=6))
    assert offline(file, "--issuers", folder).exit_code == 0
    at(monkeypatch, NOW + timedelta(days=9))
    told = offline(file, "--issuers", folder)
    assert told.exit_code == 1
    assert "状态名单太旧" in told.stderr
    assert "9 天前" in told.stdout
    assert "已经超过 7 天" in told.stderr


def test_a_list_from_before_the_last_one_seen_is_rolled_back(world: World, tmp_path: Path) -> None:
    folder, file = saved(world, tmp_path), kept(tmp_path, world.json())
    older = world.status_list(version=6)
    assert offline(file, "--issuers", folder).exit_code == 0
    assert trust_files.seen_beside(folder) == {status_lists.list_url(0): 7}
    (folder / "status-0.jwt").write_text(older)
    told = offline(file, "--issuers", folder)
    assert told.exit_code == 1
    assert "状态名单是旧的" in told.stderr


def test_a_newer_list_is_kept_in_mind_from_the_first_use(world: World, tmp_path: Path) -> None:
    folder, file = saved(world, tmp_path), kept(tmp_path, world.json())
    (folder / "status-0.jwt").write_text(world.status_list(version=9))
    assert offline(file, "--issuers", folder).exit_code == 0
    assert trust_files.seen_beside(folder) == {status_lists.list_url(0): 9}


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, file = saved(world, tmp_path), kept(tmp_path, world.json())

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(trust_files, "remember", refuse)
    told = offline(file, "--issuers", folder)
    assert told.exit_code == 0
    assert "没有权限记下" in told.stderr


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": "b"}', "\xff"])
def test_a_torn_memory_is_begun_anew(world: World, tmp_path: Path, content: str) -> None:
    folder, file = saved(world, tmp_path), kept(tmp_path, world.json())
    (folder / trust_files.SEEN).write_text(content, "latin-1")
    assert offline(file, "--issuers", folder).exit_code == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", 2), (b"{}", 2), (b"%PDF-1.7", 2), (b"x" * 5_300_000, 2), (b"a.b.c", 1)],
)
def test_exit_codes_tell_unreadable_from_not_valid(
    world: World, tmp_path: Path, content: bytes, code: int
) -> None:
    told = offline(kept(tmp_path, content), "--issuers", saved(world, tmp_path))
    assert told.exit_code == code


def test_lists_and_pages_that_are_none_exit_2(world: World, tmp_path: Path) -> None:
    folder, file = saved(world, tmp_path), kept(tmp_path, world.json())
    for bad in (kept(tmp_path, b"x", "bad"), str(tmp_path / "absent")):
        assert offline(file, "--issuers", folder, "--status", bad).exit_code == 2
        assert offline(file, "--issuers", bad).exit_code == 2


# Saving


def test_what_another_portal_publishes_is_saved(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = "https://portal.example"
    answers = {
        home + issuers.ISSUER_PATH: json.dumps(world.page()).encode(),
        home + "/status/0": world.status_list().encode() + b"\n",
    }
    monkeypatch.setattr(cli_verify, "fetch", lambda url, _: answers.get(url))
    folder = tmp_path / "kept"
    told = run("trust", str(folder), "--from", home + "/")
    assert told.exit_code == 0
    words = told.stdout.replace("\n", "")
    assert f"“演示平台”（{home}）的 3 把公钥和 1 份状态名单" in words
    assert offline(kept(tmp_path, world.json()), "--issuers", folder).exit_code == 0
    answers[home + "/status/0"] = world.status_list(version=3).encode()
    again = run("trust", str(folder), "--from", home)
    assert again.exit_code == 1
    assert "还要旧" in again.stderr
    assert offline(kept(tmp_path, world.json()), "--issuers", folder).exit_code == 0


@pytest.mark.parametrize(
    ("source", "page", "lists"),
    [
        ("http://portal.example", True, True),
        ("ftp://portal.example", True, True),
        ("https://portal.example", False, True),
        ("https://portal.example", True, False),
    ],
)
def test_nothing_is_saved_of_what_is_no_page_or_comes_unguarded(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    page: bool,
    lists: bool,
) -> None:
    def get(url: str, most: int) -> bytes | None:
        if url.endswith(issuers.ISSUER_PATH):
            return json.dumps(world.page()).encode() if page else b"<html>"
        signer = world if lists else World()
        return signer.status_list().encode() if url.endswith("/0") else None

    monkeypatch.setattr(cli_verify, "fetch", get)
    assert run("trust", str(tmp_path / "kept"), "--from", source).exit_code == 1
    assert not (tmp_path / "kept" / trust_files.PAGE).exists()


def test_a_portal_that_does_not_answer_ends_in_a_sentence() -> None:
    with pytest.raises(typer.Exit):
        cli_verify.fetch("https://127.0.0.1:9/status/0", 100)


def test_without_a_database_of_its_own_the_way_to_another_portal_is_named(
    world: World, tmp_path: Path
) -> None:
    told = run("trust", str(tmp_path / "kept"))
    assert told.exit_code == 1
    assert "--from" in told.stderr
    assert not (tmp_path / "kept").exists()
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("trouble", [OperationalError, ProgrammingError])
def test_an_empty_database_is_a_sentence(
    world: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    trouble: type[OperationalError | ProgrammingError],
) -> None:
    def empty(*_: object) -> None:
        raise trouble("SELECT", {}, Exception("no such table"))

    monkeypatch.setattr(get_settings(), "database_url", "postgresql://nowhere")
    monkeypatch.setattr(cli_verify, "in_transaction", empty)
    told = run("trust", str(tmp_path / "kept"))
    assert told.exit_code == 1
    assert "--from" in told.stderr
