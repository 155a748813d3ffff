"""The download of everything that is held: one archive with the data, its pictures, and what the
parts mean."""

import base64
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import ExternalCertificate, PersonPhoto
from portal.db.vault import get_vault
from portal.domain.permissions import Actor
from portal.locale import has, t
from portal.services import one_person
from portal.services.external_certificates import image_of
from portal.services.own_data import my_data_json
from portal.services.own_photo import SEALED_AS as PHOTO
from portal.services.times import local

# Any longer, a picture would have been refused when it came.
_MOST_PICTURES = 200


@dataclass(frozen=True, slots=True)
class Pack:
    """What goes into the download: the data, and pictures by their names in it."""

    data: dict[str, Any]
    pictures: tuple[tuple[str, bytes], ...]


def my_pack(session: Session, actor: Actor, *, now: datetime) -> Pack:
    """Everything of the actor's; put it together by ``as_zip`` outside the transaction."""
    data = my_data_json(session, actor, now=now)
    ids = one_person.ids_of(session, actor.the_person())
    rows = session.scalars(
        select(ExternalCertificate)
        .where(ExternalCertificate.person_id.in_(ids), ExternalCertificate.image_enc.is_not(None))
        .order_by(ExternalCertificate.id)
        .limit(_MOST_PICTURES)
    )
    pictures = []
    for number, row in enumerate(rows, 1):
        image, kind = image_of(row)
        suffix = "png" if kind == "image/png" else "jpg"
        pictures.append((t("rights.file.picture", number=number, suffix=suffix), image))
    photo = session.scalar(select(PersonPhoto).where(PersonPhoto.person_id.in_(ids)))
    if photo is not None:
        opened = get_vault().open(PHOTO, photo.image_enc)
        pictures.append((t("rights.file.photo"), base64.b64decode(opened)))
    return Pack(data, tuple(pictures))


def as_zip(pack: Pack, *, now: datetime) -> bytes:
    """The download. The data shrinks tenfold; pictures are as small as they get already."""
    out = io.BytesIO()
    stamp = local(now).timetuple()[:6]
    data = json.dumps(pack.data, ensure_ascii=False, indent=1)
    texts = ((t("rights.file.readme"), readme(pack, now=now)), ("data.json", data))
    with zipfile.ZipFile(out, "w") as file:
        for name, text in texts:
            file.writestr(zipfile.ZipInfo(name, stamp), text.encode(), zipfile.ZIP_DEFLATED)
        for name, image in pack.pictures:
            file.writestr(zipfile.ZipInfo(name, stamp), image, zipfile.ZIP_STORED)
    return out.getvalue()


def readme(pack: Pack, *, now: datetime) -> str:
    """What lies in the download, part by part, for somebody who never opened such a file."""
    when = f"{local(now):%Y-%m-%d %H:%M}"
    lines = [t("rights.file.head", name=pack.data["name"], when=when), ""]
    lines += [t("rights.file.lead"), "", t("rights.file.parts")]
    for part in pack.data:
        if has(f"rights.file.part.{part}"):
            lines.append(f"  {part}  {t(f'rights.file.part.{part}')}")
    lines += ["", t("rights.file.tables")]
    for table, rows in pack.data["records"].items():
        words = t(f"rights.file.table.{table}")
        lines.append(f"  {table}  {words}{t('rights.file.rows', count=len(rows))}")
    if pack.pictures:
        lines += ["", t("rights.file.pictures", count=len(pack.pictures))]
    lines += ["", t("rights.file.not_here"), "", t("rights.file.care"), ""]
    return "\r\n".join(lines)
