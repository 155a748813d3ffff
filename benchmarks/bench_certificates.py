"""Certificates signed, drawn as PDF and as PNG, and sealed: as many a second as this machine makes.

Every one is another person with a signature of its own; nothing is served from what was drawn
before. They are drawn as the background task draws those of a class: in one process, a thread a
core. Every file is checked afterwards: credential, seal, size.

Run as ``python -m benchmarks.bench_certificates``.
"""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import repeat
from uuid import UUID

from benchmarks.reporting import report
from portal.db.ids import new_id
from portal.documents import certificate, embedding, file_seal, signature
from portal.documents.credential import CredentialFacts, credential_payload, holder_hash
from portal.domain.certificate_number import format_certificate_number
from portal.services import certificate_files
from portal.services.certificate_files import Order
from portal.services.issuers import SigningKey

COUNT = 400
_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华建国文辉力"
_LONG = ("阿不都热依木·买买提", "古丽巴哈尔·吐尔逊", "乌云其木格", "欧阳文静")
_TRADES = ("电工", "焊工", "育婴员", "中式烹调师", "网约配送员", "养老护理员")
_SCHOOLS = [f"吐鲁番市第{number}职业技术学院" for number in "一二三四五六七八九十"]
# They come class by class, as they are issued.
_CLASS = 20


def _name(chance: random.Random) -> str:
    if chance.random() < 0.15:
        return chance.choice(_LONG)
    return chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=chance.choice((1, 2))))


def _document(serial: int, chance: random.Random) -> certificate.CertificateDocument:
    number = format_certificate_number("650402", 2026, serial, "PX")
    trade, school = chance.choice(_TRADES), _SCHOOLS[serial // _CLASS % len(_SCHOOLS)]
    return certificate.CertificateDocument(
        number=number,
        holder_name=_name(chance),
        id_no_masked=f"**************{serial:04d}",
        programme_name=f"{trade}（初级）技能培训班",
        occupation_name=trade,
        level_name=None,
        hours_credited=chance.randint(128, 160),
        hours_planned=160,
        starts_on=date(2026, 10, 1),
        ends_on=date(2026, 10, 26),
        issued_on=date(2026, 10, 28),
        institution_name=school,
        institution_uscc="12652100457890123X",
        exam_result="合格",
        verify_url=f"https://peixun.example.gov.cn/verify/{number}",
        issuer_name=school,
    )


def _order(document: certificate.CertificateDocument, key: SigningKey) -> Order:
    """Sign the credential, as issuing does."""
    jws = key.sign(credential_payload(_facts(document)))
    return Order(new_id(), new_id(), document, jws, "", key)


def _facts(document: certificate.CertificateDocument) -> CredentialFacts:
    return CredentialFacts(
        number=document.number,
        kind=document.kind,
        verify_url=document.verify_url,
        issuer_id="https://peixun.example.gov.cn/.well-known/portal-issuer.json",
        issuer_name=document.issuer_name,
        institution_name=document.institution_name,
        institution_uscc=document.institution_uscc,
        title=document.title,
        programme_name=document.programme_name,
        occupation_code="6-31-01-03",
        occupation_name=document.occupation_name,
        edition="2022",
        level_name=None,
        hours_credited=document.hours_credited,
        hours_planned=document.hours_planned,
        starts_on=document.starts_on,
        ends_on=document.ends_on,
        issued_on=document.issued_on,
        exam_result=document.exam_result,
        version=1,
        holder_masked=f"{document.holder_name[0]}*",
        holder_hash=holder_hash("990000199001010017", document.holder_name, os.urandom(16)),
    )


def _made(
    document: certificate.CertificateDocument, key: SigningKey
) -> tuple[Order, dict[str, bytes]]:
    order = _order(document, key)
    return order, certificate_files.draw(order)


def _is_good(order: Order, files: dict[str, bytes], jwk: dict[str, str]) -> bool:
    seals = (
        file_seal.check_pdf(files["pdf"], [jwk], credential=order.jws),
        file_seal.check_png(files["png"], [jwk], credential=order.jws),
    )
    return (
        embedding.extract_from_pdf(files["pdf"]) == order.jws
        and embedding.extract_from_png(files["png"]) == order.jws
        and all(seal.state == file_seal.GOOD for seal in seals)
        and max(map(len, files.values())) < 300_000
    )


def main() -> None:
    """Make them, then check them."""
    pair = signature.load_key(signature.generate_key())
    kid = str(pair.thumbprint())
    key = SigningKey(new_id(), kid, pair, UUID(int=0), _SCHOOLS[0])
    chance = random.Random(6)
    documents = [_document(serial, chance) for serial in range(1, COUNT + 1)]
    with ThreadPoolExecutor(os.cpu_count() or 1) as cores:
        # Fonts, frame and template are there before anybody asks, as in a process that serves.
        list(cores.map(_made, documents[:8], repeat(key)))
        begun, worked = time.perf_counter(), time.process_time()
        made = list(cores.map(_made, documents, repeat(key)))
        seconds, work = time.perf_counter() - begun, time.process_time() - worked
    report("certificates", "per_second", COUNT / seconds, bar=40, at_least=True)
    report("certificates", "cpu_ms_each", work / COUNT * 1000)
    report("certificates", "cores_used", work / seconds)
    jwk = signature.jwk(signature.public_x(pair), kid)
    good = sum(_is_good(order, files, jwk) for order, files in made)
    report("certificates", "good", good, bar=COUNT, exactly=True)
    for form in certificate_files.FORMS:
        report(
            "certificates",
            f"{form}_kb_max",
            max(len(files[form]) for _, files in made) / 1000,
            bar=300,
        )


if __name__ == "__main__":
    main()
