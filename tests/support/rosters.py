"""Roster sheets for tests: files as people send them, and rosters on their way."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.ids import new_id
from portal.db.models import RosterRow, RosterUpload
from portal.domain.identity import make_demo_id
from portal.domain.permissions import Actor
from portal.services import rosters
from tests.support.tasks import run_pending

HEADER = ("姓名", "证件类型", "证件号码", "手机号", "班级编号", "入职日期")


def number(serial: int, *, born: date = date(1990, 1, 1)) -> str:
    """A document number that no person holds; every serial is another one."""
    return make_demo_id(born + timedelta(days=serial // 1000), serial % 1000)


def line(serial: int, **cells: Any) -> dict[str, Any]:
    """A line without fault."""
    values = {
        "姓名": f"买买提·示例{serial}",
        "证件号码": number(serial),
        "手机号": f"137{serial:08d}",
    }
    return values | cells


def xlsx(
    lines: Sequence[Mapping[str, Any]], *, header: Sequence[str] = HEADER, title: str = "人员名单"
) -> bytes:
    """A workbook with a title row above the header."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([title])
    sheet.append(list(header))
    for values in lines:
        sheet.append([values.get(name) for name in header])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def csv_file(
    lines: Sequence[Mapping[str, Any]],
    *,
    header: Sequence[str] = HEADER,
    encoding: str = "utf-8-sig",
) -> bytes:
    """The same as text."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(header)
    for values in lines:
        writer.writerow([values.get(name, "") for name in header])
    return stream.getvalue().encode(encoding)


@dataclass
class Sent:
    """A roster that was sent, and its rows as they are now."""

    session: Session
    id: UUID

    @property
    def upload(self) -> RosterUpload:
        self.session.rollback()
        return self.session.get_one(RosterUpload, self.id, populate_existing=True)

    @property
    def rows(self) -> list[RosterRow]:
        self.session.rollback()
        query = select(RosterRow).where(RosterRow.upload_id == self.id).order_by(RosterRow.row_no)
        return list(self.session.scalars(query.execution_options(populate_existing=True)))

    @property
    def outcomes(self) -> list[str]:
        return [row.outcome for row in self.rows]

    def why(self, index: int = 0) -> list[str]:
        """The keys of a row's reasons."""
        return [one["key"] for one in self.rows[index].reasons]


def send(
    session: Session,
    actor: Actor,
    content: bytes,
    *,
    class_id: UUID | None = None,
    now: datetime,
    filename: str = "名单.xlsx",
    run: bool = True,
) -> Sent:
    """Send a sheet, and have it checked unless told otherwise."""
    upload_id = rosters.submit(
        session,
        actor,
        upload_id=new_id(),
        filename=filename,
        content=content,
        class_id=class_id,
        now=now,
    )
    session.commit()
    if run:
        run_pending(now=now)
    return Sent(session, upload_id)
