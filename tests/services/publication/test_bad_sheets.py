"""Sheets as they really come and cannot be taken: each with its exact error."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy.orm import Session

from portal.domain.permissions import Actor, Role
from tests.support import factories as make
from tests.support.catalogues import HEADER, ROW, book, bring, rows, shortage, told

BODY_HEADER = ["信用代码", "机构名称", "评价类别", "工种", "等级", "批次", "公布日期", "区划"]
BODY_COLUMNS = [
    *("统一社会信用代码", "机构名称", "评价类别", "工种", "等级", "批次", "公布日期"),
    "行政区划代码",
]
USCC = "91650400MA0000003H"


@pytest.fixture
def officer(session: Session) -> Actor:
    return make.make_actor(session, Role.OFFICER)


def bomb() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("xl/workbook.xml", b" " * (61 * 1024 * 1024))
    return file.getvalue()


def merged_across(page: Worksheet) -> None:
    rows(HEADER, ROW, ["6-18-02-04", "焊工", "紧缺", 3, "x"])(page)
    page.merge_cells("C3:D3")


def formula(page: Worksheet) -> None:
    rows(HEADER, ["6-31-01-03", "电工", "紧缺", "=SUM(1,2)", ""])(page)


def two_sheets() -> bytes:
    return book(rows(HEADER, ROW), rows(HEADER, ROW), names=("一季度", "二季度"))


def body(*row: Any) -> bytes:
    return book(rows(BODY_COLUMNS, row))


def programme(*row: Any) -> bytes:
    header = [
        *("项目编号", "项目名称", "政策文件", "计划编号", "培训类型", "职业编码", "培训主题"),
        *("等级", "课时", "理论", "实操", "收费(元)", "证书类型"),
    ]
    return book(rows(header, row))


GOOD_BODY = (USCC, "示例评价中心", "职业技能等级认定", "电工", "五级", "第二批", "", "650402")

# Name, kind, file name, content, then sheet, row, column and sentence of each fault.
Fault = tuple[str, int | None, str, str]
CASES: dict[str, tuple[str, str, Callable[[], bytes], list[Fault]]] = {
    "old xls under the old name": (
        *(
            "shortage_occupation",
            "目录.xls",
            lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99,
        ),
        [("目录.xls", None, "", "这是旧版 .xls 文件。请在 Excel 或 WPS 里另存为 .xlsx。")],
    ),
    "old xls renamed to xlsx": (
        *(
            "shortage_occupation",
            "目录.xlsx",
            lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 99,
        ),
        [("目录.xlsx", None, "", "这是旧版 .xls 文件。请在 Excel 或 WPS 里另存为 .xlsx。")],
    ),
    "password": (
        "shortage_occupation",
        "目录.xlsx",
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        [("目录.xlsx", None, "", "文件设了密码，打不开。请去掉密码再上传。")],
    ),
    "zip bomb": (
        *("shortage_occupation", "目录.xlsx", bomb),
        [("目录.xlsx", None, "", "文件解开后太大，不像正常的表格。请另存一份再试。")],
    ),
    "broken file": (
        *("shortage_occupation", "目录.xlsx", lambda: shortage()[:900]),
        [("目录.xlsx", None, "", "文件坏了，打不开。请重新另存一份。")],
    ),
    "a document": (
        *("shortage_occupation", "目录.pdf", lambda: b"%PDF-1.7 ..."),
        [("目录.pdf", None, "", "这不是表格文件。请用 .xlsx 或 .csv。")],
    ),
    "nothing in it": (
        *("shortage_occupation", "目录.xlsx", lambda: book(rows())),
        [("目录.xlsx", None, "", "表格是空的。")],
    ),
    "csv in an unknown encoding": (
        *("shortage_occupation", "目录.csv", lambda: b"\xff\xff\x81\x20\xff\xfe"),
        [("目录.csv", None, "", "文字编码认不出来。请另存为“CSV UTF-8”。")],
    ),
    "gb18030 csv with a bad grade": (
        "shortage_occupation",
        "目录.csv",
        lambda: "职业编码,职业(工种)名称,紧缺程度\n6-31-01-03,电工,特别缺\n".encode("gb18030"),
        [
            (
                *("目录.csv", 2, "C 紧缺程度"),
                "“特别缺”不在可填的词里。可以填：非常紧缺、紧缺、一般紧缺。",
            )
        ],
    ),
    "csv with a byte order mark and a missing cell": (
        "shortage_occupation",
        "目录.csv",
        lambda: "\ufeff职业编码;职业(工种)名称;紧缺程度\n6-31-01-03;;紧缺\n".encode(),
        [("目录.csv", 2, "B 职业(工种)名称", "这一格不能空着。")],
    ),
    "header and nothing else": (
        *("shortage_occupation", "目录.xlsx", lambda: book(rows(HEADER, ["合计", "", "", 0]))),
        [("", None, "", "表头下面没有内容。")],
    ),
    "same trade twice": (
        *("shortage_occupation", "目录.xlsx", lambda: shortage(ROW, ROW)),
        [("目录", 3, "A 职业编码", "“6-31-01-03 电工”重复了，第 2 行已经有一个。")],
    ),
    "same trade in two sheets": (
        *("shortage_occupation", "目录.xlsx", two_sheets),
        [("二季度", 2, "A 职业编码", "“6-31-01-03 电工”重复了，“一季度”第 2 行已经有一个。")],
    ),
    "occupation of the book of 2015": (
        "shortage_occupation",
        "目录.xlsx",
        lambda: shortage(["4-01-02-02", "电子商务师", "紧缺"]),
        [
            (
                *("目录", 2, "A 职业编码"),
                "职业编码“4-01-02-02”是 2015 年版大典的编码，请改用现行编码 4-01-06-01。",
            )
        ],
    ),
    "occupation of no book": (
        *("shortage_occupation", "目录.xlsx", lambda: shortage(["9-99-99-99", "电工", "紧缺"])),
        [
            (
                *("目录", 2, "A 职业编码"),
                "职业编码“9-99-99-99”不在职业代码表里，请核对。",
            )
        ],
    ),
    "half a person": (
        *(
            "shortage_occupation",
            "目录.xlsx",
            lambda: shortage(["6-31-01-03", "电工", "紧缺", 2.5]),
        ),
        [("目录", 2, "D 缺口人数", "“2.5”不是整数。请只写数字，例如 30。")],
    ),
    "number with its unit": (
        *(
            "shortage_occupation",
            "目录.xlsx",
            lambda: shortage(["6-31-01-03", "电工", "紧缺", "约20人"]),
        ),
        [("目录", 2, "D 缺口人数", "“约20人”不是整数。请只写数字，例如 30。")],
    ),
    "formula without a result": (
        *("shortage_occupation", "目录.xlsx", lambda: book(formula)),
        [
            (
                *("目录", 2, "D 缺口人数"),
                "这一格是公式，文件里没有存下结果。"
                "请在 Excel 或 WPS 里打开、保存一次，或者改成内容本身。",
            )
        ],
    ),
    "formula that failed": (
        *("shortage_occupation", "目录.xlsx", lambda: shortage(["6-31-01-03", "#N/A", "紧缺"])),
        [("目录", 2, "B 职业(工种)名称", "公式出错了(#N/A)。请改成内容本身。")],
    ),
    "cells merged across two columns of an entry": (
        *("shortage_occupation", "目录.xlsx", lambda: book(merged_across)),
        [("目录", 3, "C", "C3:D3 是合并单元格。请取消合并，每一格都填上内容。")],
    ),
    "credit code with a wrong check character": (
        *("assessment_body", "机构.xlsx", lambda: body("91650400MA00000031", *GOOD_BODY[1:])),
        [("目录", 2, "A 统一社会信用代码", "统一社会信用代码的校验位不对，请对照证照逐位检查。")],
    ),
    "credit code that Excel rounded": (
        *("assessment_body", "机构.xlsx", lambda: body("9.165E+17", *GOOD_BODY[1:])),
        [("目录", 2, "A 统一社会信用代码", "统一社会信用代码要有 18 位，这里是 9 位。")],
    ),
    "region of another city": (
        *("assessment_body", "机构.xlsx", lambda: body(*GOOD_BODY[:7], "430102")),
        [("目录", 2, "H 行政区划代码", "“430102”不属于本目录的适用地区 650400。")],
    ),
    "region that is none": (
        *("assessment_body", "机构.xlsx", lambda: body(*GOOD_BODY[:7], "吐鲁番")),
        [
            (
                *("目录", 2, "H 行政区划代码"),
                "行政区划代码“吐鲁番”不在代码表里，请填 6 位代码，例如 650402。",
            )
        ],
    ),
    "region of former times": (
        *("assessment_body", "机构.xlsx", lambda: body(*GOOD_BODY[:7], "652101")),
        [("目录", 2, "H 行政区划代码", "行政区划代码“652101”已经停用，请改用 650402。")],
    ),
    "a date that is none": (
        *("assessment_body", "机构.xlsx", lambda: body(*GOOD_BODY[:6], "2026年2月30日", "650402")),
        [("目录", 2, "G 公布日期", "“2026年2月30日”不是日期。请写成 2026-12-01 这样。")],
    ),
    "a level and a batch that are none": (
        "assessment_body",
        "机构.xlsx",
        lambda: body(*GOOD_BODY[:4], "高级", "去年的", "", "650402"),
        [
            (
                *("目录", 2, "E 等级"),
                "等级“高级”认不出来。请填初级工、中级工、高级工、技师、高级技师，或五级到一级；没有等级就空着。",
            ),
            ("目录", 2, "F 批次", "“去年的”不是批次。请写成“第2批”或只写数字。"),
        ],
    ),
    "a link that is none": (
        "policy_article",
        "解读.xlsx",
        lambda: book(
            rows(
                ["编号", "标题", "正文", "政策文件", "原文链接"],
                ["A1", "能领多少", "每人每年最多三次", "吐人社发", "见附件"],
            )
        ),
        [("目录", 2, "E 原文链接", "“见附件”不是网址。请写完整，例如 https://www.gov.cn/。")],
    ),
    "an article as long as a book": (
        "policy_article",
        "解读.xlsx",
        lambda: book(
            rows(
                ["编号", "标题", "正文", "政策文件", "原文链接"],
                ["A1", "能领多少", "字" * 5001, "吐人社发", "https://www.gov.cn/"],
            )
        ),
        [("目录", 2, "C 正文", "内容太长，最多 5000 个字。")],
    ),
    "programme of a document that nobody published": (
        "programme",
        "项目.xlsx",
        lambda: programme(
            *("P1", "电工", "no-such-pack", "1", "就业技能培训", "6-31-01-03", ""),
            *("五级", 80, 30, 50, 0, "培训合格证书"),
        ),
        [
            (
                *("目录", 2, "C 政策文件"),
                "没有发布过政策文件“no-such-pack”。请先发布它，或者和目录一起发布。",
            )
        ],
    ),
    "a competition before the age of competitions": (
        "competition",
        "竞赛.xlsx",
        lambda: book(
            rows(
                ["竞赛编号", "竞赛名称", "竞赛级别", "年度", "主办单位"],
                ["S1", "技能大赛", "省级", 26, "市人社局"],
            )
        ),
        [("目录", 2, "D 年度", "“26”太小，至少是 2000。")],
    ),
}


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 25


@pytest.mark.parametrize("case", CASES)
def test_a_bad_sheet_is_answered_with_its_exact_error(
    session: Session, officer: Actor, case: str
) -> None:
    kind, name, content, expected = CASES[case]
    view = bring(session, officer, content(), kind=kind, name=name)
    assert told(view) == expected
    assert view.state in ("failed", "checked")
    assert view.version_id is None
    assert not view.working
