"""Check-in cards on paper: every code can be read, whatever the name."""

from datetime import date
from io import BytesIO
from uuid import uuid4

import cv2
import numpy as np
import pytest
from pypdf import PdfReader

from portal.documents import cards
from portal.documents.cards import Card, CardsDocument
from portal.domain import person_pass
from tests.support import eyes

NAMES = ["王小强", "买买提·艾力·阿不都热合曼", "李雪", "欧阳" * 10]


def document(count: int, *, title: str = "电工(五级)技能提升班") -> CardsDocument:
    made = [
        Card(
            NAMES[n % len(NAMES)],
            f"https://peixun.example.gov.cn/p/{person_pass.sheet_token(bytes(32), uuid4(), 1)}",
            1,
        )
        for n in range(count)
    ]
    return CardsDocument(title, "示例职业培训学校", made, date(2026, 12, 1))


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (4, 1), (5, 2), (9, 3)])
def test_four_cards_stand_on_a_page(count: int, pages: int) -> None:
    pdf = PdfReader(BytesIO(cards.render_pdf(document(count, title="很长的班名" * 20))))
    assert len(pdf.pages) == pages
    text = "".join(page.extract_text() for page in pdf.pages)
    assert text.count("培训签到卡") == count


def test_every_code_on_the_page_can_be_read() -> None:
    made = document(4)
    picture = cv2.imdecode(np.frombuffer(cards.render_png(made, ppi=120), np.uint8), 0)
    assert picture is not None
    height, width = picture.shape
    seen = set()
    for top in (0, height // 2):
        for left in (0, width // 2):
            quarter = picture[top : top + height // 2, left : left + width // 2]
            seen.add(eyes.read(quarter))
    assert seen == {card.url for card in made.cards}


def test_the_same_cards_give_the_same_bytes() -> None:
    made = document(2)
    assert cards.render_pdf(made) == cards.render_pdf(made)
