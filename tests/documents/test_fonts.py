"""Every name can be printed (reference.md B1)."""

from pathlib import Path

import pytest
import typst
from fontTools.ttLib import TTFont

from portal.documents import typesetter

# 通用规范汉字表 (2013), one line for each of its three levels.
LEVELS = Path(__file__).with_name("tgh8105.txt").read_text("utf-8").split()
TABLE = "".join(LEVELS)
NAMES = {
    "rare": "𬭚䶮㛃",
    "traditional": "陳張劉鄭龍鳳瓊國龢喆堃",
    "middle dot": "阿卜杜热合曼·麦麦提",
    "latin": "John O'Brien-Müller Łukasz Đặng Nguyễn Ёлкин Қазақ",
    "uyghur": "ئابدۇراخمان مەمەتئېلى",
    "mongolian": "ᠪᠠᠲᠤ ᠮᠥᠩᠬᠡ",
}
PAGE = """
#import "/look.typ": serif
#set page(height: auto)
#set text(font: serif, fallback: false)
#sys.inputs.shown
"""


def archival_pdf(shown: str) -> bytes | list[bytes] | None:
    """Typst itself refuses to make PDF/A of a page on which a glyph is missing."""
    return typesetter._compiler().compile(
        input=PAGE.encode(), format="pdf", pdf_standards="a-3b", sys_inputs={"shown": shown}
    )


def glyphs(file: str) -> set[int]:
    with TTFont(typesetter.FONTS / file, lazy=True) as font:
        return set(font.getBestCmap())


def test_the_table_is_whole():
    assert [len(level) for level in LEVELS] == [3500, 3000, 1605]
    assert len(set(TABLE)) == 8105
    assert TABLE[0] == "一"
    assert "𬭚" in TABLE


def test_every_character_of_the_table_has_a_glyph():
    drawn = glyphs("PortalSerif-Regular.otf")
    assert {c for c in TABLE if ord(c) not in drawn} == set()


def test_every_character_of_the_table_can_be_set():
    assert archival_pdf(TABLE)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_names_of_every_script_can_be_set(name):
    assert archival_pdf(name)


def test_a_missing_glyph_would_be_noticed():
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        archival_pdf("王\N{PILE OF POO}")


def test_titles_are_bold_for_all_common_characters():
    bold = glyphs("PortalTitle-Bold.otf")
    assert {c for c in LEVELS[0] if ord(c) not in bold} == set()


def test_modified_fonts_carry_their_licence_and_not_the_original_name():
    for path in typesetter.FONTS.glob("Portal*.?tf"):
        with TTFont(path, lazy=True) as font:
            names = font["name"]
            shown = " ".join(names.getDebugName(number) or "" for number in (1, 3, 4, 6, 16))
            assert "SIL Open Font License" in names.getDebugName(13)
        for reserved in ("Noto", "Source", "Adobe"):
            assert reserved not in shown
    assert "SIL OPEN FONT LICENSE Version 1.1" in (typesetter.FONTS / "OFL.txt").read_text()


def test_fonts_stay_below_twelve_megabytes():
    assert sum(p.stat().st_size for p in typesetter.FONTS.glob("*.?tf")) < 12_000_000
