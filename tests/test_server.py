"""Building and serving: what is built once, what follows the address, what lint refuses."""

import gzip
import os
import re
import socket
from pathlib import Path

import pytest

from portal import server
from portal.components import icons
from portal.settings import get_settings
from tools import check_pages


def test_the_built_script_follows_the_address_of_the_page(tmp_path: Path) -> None:
    file = tmp_path / "reflex-env-x.js"
    file.write_text("var e={PING:`http://localhost:3000/ping`,EVENT:`ws://localhost:3000/_event`};")
    file.with_name(file.name + ".br").write_bytes(b"old")
    server._follow_location(file)
    text = file.read_text()
    assert "localhost" not in text
    assert "`${location.origin}/ping`" in text
    assert '`${location.origin.replace("http","ws")}/_event`' in text
    assert gzip.decompress((tmp_path / "reflex-env-x.js.gz").read_bytes()).decode() == text
    assert not file.with_name(file.name + ".br").exists()


def test_the_built_pages_of_this_version_have_the_script_that_is_rewritten() -> None:
    server.build_pages()
    scripts = list(server.BUILT_PAGES.glob("assets/reflex-env-*.js"))
    assert len(scripts) == 1
    assert "location.origin" in scripts[0].read_text()


def test_the_list_of_classes_keeps_a_place_for_its_first_rows() -> None:
    server.build_pages()
    html = (server.BUILT_PAGES / "classes" / "index.html").read_text("utf-8")
    assert html.count("<!--rows-->") == html.count("<!--/rows-->") == 1


def test_plain_pages_find_the_pinned_modules_beside_the_built_pages() -> None:
    server.build_pages()
    vendor = server.BUILT_PAGES / "vendor"
    assert "export" in (vendor / "qr-scanner.min.js").read_text()
    # The scanner asks for its worker by this name.
    assert 'import("./qr-scanner-worker.min.js")' in (vendor / "qr-scanner.min.js").read_text()
    assert "createWorker" in (vendor / "qr-scanner-worker.min.js").read_text()
    assert "generate" in (vendor / "lean-qr.js").read_text()
    for file in vendor.glob("*.js"):
        # A map that is not there would be asked for; code from text is refused by the browser.
        assert not re.search(r"sourceMappingURL|\beval\(|new Function", file.read_text())
        assert gzip.decompress(file.with_name(file.name + ".gz").read_bytes()) == file.read_bytes()


def test_a_taken_port_is_noticed() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not server.port_becomes_free("127.0.0.1", port, within=0.3)
    assert server.port_becomes_free("127.0.0.1", port, within=3)


def test_a_radix_component_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "portal" / "pages"
    folder.mkdir(parents=True)
    (folder / "bad.py").write_text("import reflex as rx\n\n\ndef f():\n    return rx.text('x')\n")
    (finding,) = check_pages.radix_findings(tmp_path)
    assert "bad.py:5: rx.text" in finding


def test_an_icon_that_is_not_in_the_sprite_is_an_error() -> None:
    with pytest.raises(KeyError, match="no icon unicorn"):
        icons.glyph("unicorn")


def test_what_pages_hold_lies_in_the_data_folder_and_expires_before_workers_start(
    tmp_path: Path,
) -> None:
    settings = get_settings().model_copy(update={"data_dir": tmp_path})
    folder = server.states_folder(settings, now=0)
    assert (folder.parent, folder.stat().st_mode & 0o777) == (tmp_path, 0o700)
    for name, age in (("old.pkl", 3_600), ("nearly.pkl", 3_400), ("new.pkl", 60), ("other", 9_999)):
        (folder / name).write_bytes(b"")
        os.utime(folder / name, (100_000 - age, 100_000 - age))
    assert server.states_folder(settings, now=100_000) == folder
    assert sorted(path.name for path in folder.iterdir()) == ["new.pkl", "other"]
