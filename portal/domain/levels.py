"""Skill levels of workers: the eight of the 2022 system (新八级工, reference.md B4).

They sort by rank. The national code runs the other way (5 is the lowest), so never sort by it.
"""

from enum import IntEnum

from portal.domain.errors import BadInput


class SkillLevel(IntEnum):
    """A rank from 1 to 8. Training certificates and special skills have none: use None."""

    APPRENTICE = 1
    JUNIOR = 2
    INTERMEDIATE = 3
    SENIOR = 4
    TECHNICIAN = 5
    SENIOR_TECHNICIAN = 6
    SPECIAL_TECHNICIAN = 7
    CHIEF_TECHNICIAN = 8

    @property
    def code(self) -> str | None:
        """The national code "5".."1"; None for the three levels that carry a letter instead.

        Which letter is not verified (B5.1), so no letter is claimed here.
        """
        return _CODES.get(self)

    @property
    def short_name(self) -> str:
        """The term of the standard: 初级工."""
        return _NAMES[self - 1]

    @property
    def printed_name(self) -> str:
        """As certificates print it: 五级/初级工."""
        return _ORDINALS.get(self.code or "", "") + self.short_name

    @property
    def is_high_skill(self) -> bool:
        """高技能人才 are 高级工 and above (003_52e322ee7afdef7d.txt)."""
        return self >= SkillLevel.SENIOR


_NAMES = (
    "学徒工",
    "初级工",
    "中级工",
    "高级工",
    "技师",
    "高级技师",
    "特级技师",
    "首席技师",
)
_CODES = {SkillLevel(7 - number): str(number) for number in range(1, 6)}
_ORDINALS = {"5": "五级/", "4": "四级/", "3": "三级/", "2": "二级/", "1": "一级/"}
_BY_CODE = {code: level for level, code in _CODES.items()}
_BY_NAME = {
    **{level.short_name: level for level in SkillLevel},
    **{level.printed_name: level for level in SkillLevel},
    **{f"{_ORDINALS[code][:2]}": level for code, level in _BY_CODE.items()},
}


def from_code(code: str) -> SkillLevel:
    """The level of a national code "1".."5". Raises BadInput("level", "level.unknown")."""
    level = _BY_CODE.get(code.strip())
    if level is None:
        raise BadInput("level", "level.unknown", value=code[:20])
    return level


def parse_level(raw: str) -> SkillLevel:
    """The level a sheet writes: a code, 初级工, 五级 or 五级/初级工. Raises BadInput."""
    return _BY_NAME.get(raw.strip()) or from_code(raw)
