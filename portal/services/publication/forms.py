"""What each kind of catalogue consists of (reference A1.1 C3 to C14, M30), as data.

Programmes, institutions and standards are read by the modules that keep their tables; the other
kinds are read by their fields here and live in ``catalogue_entry`` alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.documents.sheets import Column
from portal.domain.advancement import COMPETITION_GRADES
from portal.domain.errors import NotFound
from portal.locale import t
from portal.services import publishing_institutions as institutions
from portal.services import publishing_programmes as programmes
from portal.services import publishing_standards as standards
from portal.services.publication import fields as f
from portal.services.publication.fields import Field, Show
from portal.services.supplements.base import KIND as SUPPLEMENT

ASSESSMENT_BODY = "assessment_body"
QUALIFICATION = "qualification"
SHORTAGE = "shortage_occupation"
SPECIAL_SKILL = "special_skill"
COMPETITION = "competition"
POLICY_ARTICLE = "policy_article"


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of catalogue: its columns, and which of them name an entry.

    ``key`` are the fields whose values tell entries apart through all versions; ``subject`` the
    fields that may hold its occupation or topic; ``region`` the field with its own region.
    """

    kind: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    title: tuple[str, ...]
    subject: tuple[str, ...] = ()
    region: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of a sheet of this kind."""
        return tuple(one.column for one in self.fields)

    @property
    def has_table(self) -> bool:
        """Whether its entries have a table of their own besides."""
        return self.fields[0].read is None

    @property
    def name(self) -> str:
        """What people call this catalogue."""
        return t(f"publishing.catalogue.{self.kind}")

    def code_of(self, values: Mapping[str, Any]) -> str:
        """The stable key of an entry."""
        return "|".join(f.as_text(values.get(name)) for name in self.key)

    def title_of(self, values: Mapping[str, Any]) -> str:
        """What an entry is called; its key where it has no name."""
        shown = (self.field(name).show(values.get(name)) for name in self.title)
        return " ".join(filter(None, shown)) or self.code_of(values)

    def subject_of(self, values: Mapping[str, Any]) -> str | None:
        """The occupation or topic that an entry is about."""
        return next((values[name] for name in self.subject if values.get(name)), None)

    def region_of(self, values: Mapping[str, Any]) -> str | None:
        """The region of an entry, when it has one of its own."""
        return (values.get(self.region) or None) if self.region else None

    def field(self, name: str) -> Field:
        """One of the fields; raises KeyError."""
        return next((one for one in self.fields if one.name == name), None) or _missing(name)

    def shown(self, values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
        """Label and text of every field, as the sheet writes them; an empty text for none."""
        return tuple((one.column.name, one.show(values.get(one.name))) for one in self.fields)


def _missing(name: str) -> Field:
    raise KeyError(name)


def _table(
    names: Mapping[str, str], columns: tuple[Column, ...], shows: Mapping[str, Show]
) -> tuple[Field, ...]:
    """The fields of a kind that is read elsewhere: names by column, special ways of writing."""
    return tuple(
        Field(names[one.name], one, shows.get(names[one.name], f.as_text)) for one in columns
    )


_PROGRAMME = Form(
    programmes.KIND,
    _table(
        {
            programmes.CODE: "code",
            programmes.TITLE: "title",
            programmes.PACK: "pack",
            programmes.PLAN: "plan",
            programmes.TYPE: "training_type",
            programmes.OCCUPATION: "occupation_code",
            programmes.TOPIC: "topic_code",
            programmes.LEVEL: "level",
            programmes.HOURS: "planned_hours",
            programmes.THEORY: "theory_hours",
            programmes.PRACTICE: "practice_hours",
            programmes.FEE: "fee_fen",
            programmes.CERTIFICATE: "certificate_kind",
            programmes.FILING: "filing",
            programmes.DESCRIPTION: "description",
        },
        programmes.COLUMNS,
        {
            "training_type": f.type_word,
            "topic_code": f.topic_word,
            "level": f.level_word,
            "fee_fen": f.yuan,
            "certificate_kind": f.worded("certificate.kind"),
            "filing": f.worded("catalogue.filing"),
        },
    ),
    key=("code",),
    title=("title",),
    subject=("occupation_code", "topic_code"),
)
_INSTITUTION = Form(
    institutions.KIND,
    _table(
        {
            institutions.USCC: "uscc",
            institutions.NAME: "name",
            institutions.KIND_OF: "kind",
            institutions.OWNERSHIP: "ownership",
            institutions.LICENSE: "license_no",
            institutions.REGION: "region_code",
            institutions.ADDRESS: "address",
            institutions.PHONE: "contact_phone",
            institutions.SCOPE: "scope",
            institutions.STATUS: "status",
            institutions.DESCRIPTION: "description",
        },
        institutions.COLUMNS,
        {
            "kind": f.worded("institutions.kind"),
            "ownership": f.worded("institutions"),
            "status": f.worded("publishing.listing"),
        },
    ),
    key=("uscc",),
    title=("name",),
    region="region_code",
)
_STANDARD = Form(
    standards.KIND,
    _table(
        {
            standards.REGION: "region_code",
            standards.TYPE: "training_type",
            standards.OCCUPATION: "occupation_code",
            standards.TOPIC: "topic_code",
            standards.LEVEL: "level",
            standards.PAYMENT: "kind",
            standards.UNIT: "unit",
            standards.AMOUNT: "amount_fen",
            standards.FUND: "fund",
            standards.NOTE: "note",
        },
        standards.COLUMNS,
        {
            "training_type": f.type_word,
            "topic_code": f.topic_word,
            "level": f.level_word,
            "kind": f.worded("standards.kind"),
            "unit": f.worded("standards.unit"),
            "amount_fen": f.yuan,
        },
    ),
    key=("region_code", "training_type", "occupation_code", "topic_code", "level", "kind"),
    title=("training_type", "occupation_code", "topic_code", "level", "kind"),
    subject=("occupation_code", "topic_code"),
    region="region_code",
)
# 鉴定评价机构目录 and 社会培训评价组织名单 (C5, C12): a line for each trade that a body assesses,
# because the levels differ; which of the three ways of assessment (R54).
_BODY = Form(
    ASSESSMENT_BODY,
    (
        f.uscc("uscc", "统一社会信用代码", "信用代码", "社会信用代码"),
        f.text("name", "机构名称", "评价机构名称", "评价组织名称", "单位名称", "名称", limit=100),
        f.choice(
            *("evaluation", "评价类别", "评价类型", "评价方式"),
            of="catalogue_form.evaluation",
            codes=("qualification", "skill_level", "special_skill"),
        ),
        f.text("trade", "评价职业(工种)", "职业(工种)", "评价职业", "职业工种", "评价项目", "工种"),
        f.occupation("occupation_code", "职业编码", "职业代码"),
        f.levels("levels", "等级", "评价等级", "技能等级", "级别"),
        f.batch("batch", "批次", "公布批次"),
        f.day("listed_on", "公布日期", "备案日期", "发布日期"),
        f.day("valid_until", "有效期至", "有效期", "备案有效期至"),
        f.region("region_code", "行政区划代码", "区划代码", "行政区划"),
        f.phone("phone", "联系电话", "电话"),
    ),
    key=("uscc", "evaluation", "trade"),
    title=("name", "trade"),
    subject=("occupation_code",),
    region="region_code",
)
_QUALIFICATION = Form(
    QUALIFICATION,
    (
        f.text("name", "职业资格名称", "资格名称", "名称", limit=100),
        f.choice(
            *("category", "资格类别", "类别", "资格性质"),
            of="catalogue_form.category",
            codes=("access", "level"),
        ),
        f.choice(
            *("personnel", "人员类别", "职业资格类型", "资格类型"),
            of="catalogue_form.personnel",
            codes=("professional", "skilled"),
        ),
        f.text("department", "实施部门", "实施部门(单位)", "实施单位"),
        f.text("basis", "设定依据", "依据", limit=500),
        f.occupation("occupation_code", "职业编码", "职业代码"),
        f.text("note", "说明", "备注", required=False),
    ),
    key=("name", "personnel"),
    title=("name",),
    subject=("occupation_code",),
)
_SHORTAGE = Form(
    SHORTAGE,
    (
        f.occupation("occupation_code", "职业编码", "职业代码", required=True),
        f.text("name", "职业(工种)名称", "职业名称", "工种名称", "职业(工种)", "工种", limit=60),
        f.choice(
            *("grade", "紧缺程度", "紧缺等级", "急需紧缺程度"),
            of="catalogue_form.grade",
            codes=("very", "scarce", "general"),
        ),
        f.text("industry", "所属产业", "产业", "行业", required=False, limit=60),
        f.number("wanted", "缺口人数", "需求人数", "用工缺口", most=10_000_000),
        f.text("note", "说明", "备注", required=False),
    ),
    key=("occupation_code", "name"),
    title=("name",),
    subject=("occupation_code",),
)
_SPECIAL = Form(
    SPECIAL_SKILL,
    (
        f.text("number", "项目编号", "编号", "规范编号", limit=60),
        f.text("name", "专项职业能力名称", "项目名称", "专项能力名称", "名称", limit=100),
        f.choice(
            *("purpose", "项目类别", "类别"),
            of="catalogue_form.purpose",
            codes=("rural", "industry", "heritage", "general"),
            required=False,
        ),
        f.number("hours", "培训课时", "课时", "学时", most=2000, least=1),
        f.text("developer", "开发单位", "编制单位", "申报单位", required=False, limit=100),
        f.day("issued_on", "发布日期", "公布日期", "实施日期"),
        f.text("note", "说明", "备注", required=False),
    ),
    key=("number",),
    title=("name",),
)
_COMPETITION = Form(
    COMPETITION,
    (
        f.text("number", "竞赛编号", "编号", "项目编号", limit=60),
        f.text("name", "竞赛名称", "大赛名称", "名称", limit=120),
        f.choice(
            *("grade", "竞赛级别", "级别", "竞赛类别"),
            of="catalogue_form.competition",
            codes=COMPETITION_GRADES,
        ),
        f.number("year", "年度", "年份", least=2000, most=2100, required=True),
        f.text("host", "主办单位", "组织单位"),
        f.text("trade", "竞赛职业(工种)", "竞赛项目", "竞赛工种", "职业(工种)", required=False),
        f.occupation("occupation_code", "职业编码", "职业代码"),
        f.day("held_on", "举办日期", "竞赛时间", "举办时间"),
        f.text("place", "举办地点", "地点", required=False),
        f.text("note", "说明", "备注", required=False),
    ),
    key=("number",),
    title=("name",),
    subject=("occupation_code",),
)
_ARTICLE = Form(
    POLICY_ARTICLE,
    (
        f.text("number", "编号", "文章编号", limit=60),
        f.text("headline", "标题", "题目", limit=120),
        f.text("body", "正文", "内容", "解读内容", limit=5000),
        f.text("document", "政策文件", "文件名称", "依据文件"),
        f.text("clause", "条款", "依据条款", required=False),
        f.link("source", "原文链接", "链接", "网址"),
        f.day("issued_on", "发布日期", "日期"),
    ),
    key=("number",),
    title=("headline",),
)
FORMS: dict[str, Form] = {
    form.kind: form
    for form in (
        *(_PROGRAMME, _INSTITUTION, _STANDARD, _BODY, _QUALIFICATION),
        *(_SHORTAGE, _SPECIAL, _COMPETITION, _ARTICLE),
    )
}
KINDS = tuple(FORMS)


def reading_form(kind: str) -> Form:
    """The form in which the entries of a kind are read; a supplement's are programmes.

    Raises NotFound.
    """
    return form_of(programmes.KIND if kind == SUPPLEMENT else kind)


def form_of(kind: str) -> Form:
    """The form of a kind; raises NotFound."""
    found = FORMS.get(kind)
    if found is None:
        raise NotFound
    return found
