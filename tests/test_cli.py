"""The commands: exit codes, what they say, and that nobody ever sees a trace."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from portal import server
from portal.cli import app
from portal.db import schema
from portal.db.models import Certificate, Institution, IssuerKey, PersonGroup, Region, TrainingPlan
from portal.demo import files
from portal.documents import certificate as renderer
from portal.documents import file_seal, signature
from portal.domain.certificate_number import format_certificate_number
from portal.domain.identity import make_demo_id
from portal.domain.permissions import Actor, Role
from portal.policies.loader import PACKS
from portal.services import certificate_files, certificates, issuers, sms_gateway
from portal.settings import get_settings
from tests.support.tasks import forget_all


def run(*args: str) -> Result:
    result = CliRunner().invoke(app, list(args))
    # An exception other than the exit itself would reach a person as a trace.
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture(scope="module")
def loaded(engine: Engine) -> Result:
    assert run("init").exit_code == 0
    return run("demo")


@pytest.fixture
def certificate(loaded: Result, session: Session) -> Certificate:
    return session.scalars(select(Certificate).limit(1)).one()


@pytest.fixture
def paper(session: Session, certificate: Certificate, tmp_path: Path) -> dict[str, Path]:
    """A certificate as its owner keeps it: PNG, PDF, JSON."""
    owner = Actor(role=Role.TRAINEE, person_id=certificate.person_id, account_id=certificate.id)
    document, jws = certificate_files.certificate_document(
        session, owner, certificate_id=certificate.id
    )
    drawn = renderer.render(document, credential=jws)
    assert certificate.institution_id is not None
    key = issuers.of_institution(session, certificate.institution_id, now=certificate.created_at)

    def sign(payload: dict[str, object]) -> str:
        return key.sign(payload, typ=file_seal.TYP)

    made = {
        "png": file_seal.seal_png(drawn.png, sign, credential=jws),
        "pdf": file_seal.seal_pdf(drawn.pdf, sign, credential=jws),
        "json": certificate_files.credential_file(document, jws),
    }
    for name, content in made.items():
        (tmp_path / f"c.{name}").write_bytes(content)
    return {name: tmp_path / f"c.{name}" for name in made}


def test_init_makes_keys_and_loads_reference_data_and_may_be_repeated(
    engine: Engine, session: Session
) -> None:
    assert run("init").exit_code == 0
    assert session.scalar(select(func.count()).select_from(IssuerKey)) == 1
    regions = session.scalar(select(func.count()).select_from(Region))
    assert run("init").exit_code == 0
    assert session.scalar(select(func.count()).select_from(Region)) == regions
    assert regions


def test_demo_prints_the_accounts(loaded: Result) -> None:
    assert loaded.exit_code == 0
    assert "13900000001" in loaded.output
    assert "Demo-2026!" in loaded.output
    assert (get_settings().data_dir / "demo").is_dir()


def test_demo_prints_json_for_other_programs(loaded: Result) -> None:
    told = json.loads(run("demo", "--json").stdout)
    assert told["password"] == "Demo-2026!"
    assert len(told["accounts"]) == 32
    assert told["open_classes"] >= 60


def test_demo_is_refused_in_production(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(get_settings(), "env", "production")
    result = run("demo")
    assert result.exit_code == 1
    assert "production" in result.stderr


def test_production_does_not_serve_the_demo(
    loaded: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = get_settings()
    monkeypatch.setattr(settings, "env", "production")
    monkeypatch.setattr(settings, "base_url", "https://portal.example")
    monkeypatch.setattr(settings, "master_key_file", settings.key_file)
    monkeypatch.setattr(settings, "port", 0)
    monkeypatch.setattr(server, "serve", lambda *_, **__: pytest.fail("it served"))
    result = run("serve")
    assert result.exit_code == 1
    assert "demo" in result.stderr


def test_more_than_one_worker_needs_redis(engine: Engine) -> None:
    result = run("serve", "--workers", "2")
    assert result.exit_code == 1
    assert "PORTAL_REDIS_URL" in result.stderr


def test_publish_puts_a_folder_in_force(loaded: Result, tmp_path: Path) -> None:
    # The province has published another list of programmes since: this one comes too late.
    for name, content in files.catalogue_files():
        if not name.startswith("新疆维吾尔自治区培训项目"):
            (tmp_path / name).write_bytes(content)
    (tmp_path / "读我.docx").write_bytes(b"ignored in a folder")
    result = run("publish", str(tmp_path), str(PACKS / "turpan-2019.toml"))
    assert result.exit_code == 0, result.stderr
    assert "没有变化" in result.stdout


def test_publish_names_every_bad_cell_and_writes_nothing(
    loaded: Result, session: Session, tmp_path: Path
) -> None:
    book = Workbook()
    page = book.worksheets[0]
    page.title = "机构"
    page.append(["统一社会信用代码", "机构名称", "机构类别", "办学性质", "行政区划代码", "地址"])
    page.append(["1", "", "技工院校", "公办", "650402", "示例路1号"])
    data = io.BytesIO()
    book.save(data)
    path = tmp_path / "机构.xlsx"
    path.write_bytes(data.getvalue())
    before = session.scalar(select(func.count()).select_from(Institution))
    result = run("publish", str(path))
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "联系电话" in result.stderr
    assert session.scalar(select(func.count()).select_from(Institution)) == before


def test_publish_says_where_and_why(loaded: Result, tmp_path: Path) -> None:
    text = (PACKS / "turpan-2019.toml").read_text("utf-8")
    path = tmp_path / "turpan.toml"
    path.write_text(text.replace("value = 105000", "value = 104999"), "utf-8")
    result = run("publish", str(path))
    assert result.exit_code == 1
    for part in ("targets", "value", "104999"):
        assert part in result.stderr


def test_a_dry_run_says_what_would_happen_and_does_nothing(
    loaded: Result, session: Session, tmp_path: Path
) -> None:
    text = (PACKS / "turpan-2019.toml").read_text("utf-8")
    path = tmp_path / "turpan-2019.toml"
    path.write_text(text.replace("新型妇女技能提升培训", "妇女技能提升培训"), "utf-8")
    result = run("publish", "--dry-run", str(path))
    assert result.exit_code == 0
    assert "已更新" in result.stdout
    names = session.scalars(select(TrainingPlan.name)).all()
    assert "新型妇女技能提升培训" in names


def test_publish_names_what_it_cannot_read(loaded: Result, tmp_path: Path) -> None:
    assert run("publish", str(tmp_path / "没有.xlsx")).exit_code == 1
    empty = run("publish", str(tmp_path))
    assert empty.exit_code == 1
    assert ".toml" in empty.stderr


def test_a_valid_number_exits_0(certificate: Certificate) -> None:
    result = run("verify", certificate.number.lower())
    assert result.exit_code == 0
    assert certificate.number in result.stdout
    assert certificate.holder_name not in result.stdout


def test_an_unknown_number_exits_1_and_no_number_exits_2(loaded: Result) -> None:
    unknown = format_certificate_number("650400", 2026, 9_999_999)
    assert run("verify", unknown).exit_code == 1
    assert run("verify", unknown, "--offline").exit_code == 2
    assert run("verify", "一张证书").exit_code == 2


@pytest.mark.parametrize("kind", ["png", "pdf", "json"])
@pytest.mark.parametrize("offline", [True, False])
def test_a_file_is_valid_with_and_without_the_register(
    paper: dict[str, Path], certificate: Certificate, kind: str, offline: bool
) -> None:
    args = ["--offline"] if offline else []
    result = run("verify", str(paper[kind]), *args)
    assert result.exit_code == 0
    assert certificate.number in result.stdout


def test_a_revoked_certificate_exits_1_also_offline_by_the_list_of_this_installation(
    paper: dict[str, Path], certificate: Certificate, session: Session
) -> None:
    officer = Actor(role=Role.OFFICER, region_code="000000", account_id=None)
    certificates.revoke(
        session, officer, number=certificate.number, reason="演示撤销", now=certificate.created_at
    )
    session.commit()
    for args in ([], ["--offline"]):
        told = run("verify", str(paper["json"]), *args)
        assert told.exit_code == 1
        assert "证书已撤销" in told.stderr
    assert run("verify", certificate.number).exit_code == 1


def test_a_changed_file_exits_1(paper: dict[str, Path]) -> None:
    content = json.loads(paper["json"].read_text())
    head, body, tail = content["credential"].split(".")
    content["credential"] = ".".join((head, body[:-4] + "AAAA", tail))
    paper["json"].write_text(json.dumps(content))
    result = run("verify", str(paper["json"]), "--offline")
    assert result.exit_code == 1
    assert "签名对不上" in result.stderr


def test_a_saved_issuer_page_decides_who_is_trusted(paper: dict[str, Path], tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other.json"
    assert run("trust", str(own)).exit_code == 0
    stranger = signature.load_key(signature.generate_key())
    other.write_text(
        json.dumps({"keys": [signature.jwk(signature.public_x(stranger), "stranger")]})
    )
    png = str(paper["png"])
    assert run("verify", png, "--offline", "--issuers", str(own)).exit_code == 0
    unknown = run("verify", png, "--offline", "--issuers", str(other))
    assert unknown.exit_code == 1
    assert "签发者" in unknown.stderr
    assert run("verify", png, "--offline", "--issuers", png).exit_code == 2


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\x89PNG\r\n", b"%PDF-1.7", b"\xff\xfe"])
def test_a_file_without_credential_exits_2(loaded: Result, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x"
    path.write_bytes(content)
    assert run("verify", str(path)).exit_code == 2


def test_doctor_finds_a_healthy_installation_healthy(
    loaded: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "pages_are_built", lambda: True)
    result = run("doctor")
    assert result.exit_code == 0
    assert "FAIL" not in result.stdout


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"env": "production"}, "settings"),
        ({"master_key_file": Path("/nonexistent/key")}, "master key"),
        ({"redis_url": "redis://127.0.0.1:1/0"}, "redis"),
    ],
)
def test_doctor_names_what_is_wrong(
    loaded: Result, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, object], name: str
) -> None:
    monkeypatch.setattr(server, "pages_are_built", lambda: True)
    for key, value in wrong.items():
        monkeypatch.setattr(get_settings(), key, value)
    result = run("doctor")
    assert result.exit_code == 1
    assert f"FAIL {name}" in result.stdout


@pytest.mark.parametrize(
    ("state", "due", "name"),
    [("failed", "2026-01-01", "1 jobs gave up: no_such_task"), ("todo", "2026-01-01", "overdue")],
)
def test_doctor_tells_of_jobs_that_failed_or_wait_for_nobody(
    loaded: Result,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    state: str,
    due: str,
    name: str,
) -> None:
    monkeypatch.setattr(server, "pages_are_built", lambda: True)
    session.execute(
        text(
            "INSERT INTO queue.procrastinate_jobs (queue_name, task_name, scheduled_at, status)"
            " VALUES ('portal', 'no_such_task', CAST(:due AS timestamptz),"
            " CAST(:state AS queue.procrastinate_job_status))"
        ),
        {"due": due, "state": state},
    )
    session.commit()
    result = run("doctor")
    forget_all()
    assert result.exit_code == 1
    assert "FAIL queue" in result.stdout
    assert name in result.stdout


def test_doctor_warns_that_messages_wait_for_a_gateway(
    loaded: Result, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "pages_are_built", lambda: True)
    assert "warn" not in run("doctor").stdout
    monkeypatch.setattr(sms_gateway, "has_gateway", lambda _: False)
    result = run("doctor")
    assert result.exit_code == 0
    assert "warn text messages: PORTAL_SMS_WEBHOOK_URL is not set" in result.stdout


def test_doctor_says_that_pages_are_not_built(
    loaded: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "pages_are_built", lambda: False)
    result = run("doctor")
    assert result.exit_code == 1
    assert "FAIL pages" in result.stdout


def test_commands_ask_for_init_when_the_schema_is_old(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "is_current", lambda _: False)
    for args in (["serve", "--port", "0"], ["demo"], ["publish", str(PACKS)], ["work"]):
        result = run(*args)
        assert result.exit_code == 1
        assert "portal init" in result.stderr


def members(tmp_path: Path, *lines: str, name: str = "名单.csv") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(("姓名,证件号码,有效期起", *lines)), "utf-8")
    return path


def members_of(session: Session, code: str) -> int:
    query = select(func.count()).select_from(PersonGroup).where(PersonGroup.group_code == code)
    return session.scalar(query) or 0


def test_import_group_verifies_everybody_on_a_list(
    loaded: Result, session: Session, tmp_path: Path
) -> None:
    number = make_demo_id(date(1991, 5, 5), 7)
    file = members(tmp_path, f"古丽娜尔·买买提,{number},2026-01-01")
    before = members_of(session, "RESETTLED")
    tried = run("import-group", "RESETTLED", str(file), "--region", "650400", "--dry-run")
    assert tried.exit_code == 0
    assert "没有登记" in tried.stdout
    assert members_of(session, "RESETTLED") == before
    done = run("import-group", "RESETTLED", str(file), "--region", "650400")
    assert done.exit_code == 0
    assert "易地扶贫搬迁安置区群众  吐鲁番市" in done.stdout
    assert "新登记  1" in done.stdout
    session.rollback()
    assert members_of(session, "RESETTLED") == before + 1
    assert number not in done.output


def test_import_group_names_every_bad_cell_and_writes_nothing(
    loaded: Result, session: Session, tmp_path: Path
) -> None:
    number = make_demo_id(date(1992, 5, 5), 7)
    file = members(tmp_path, f"古丽,{number},2026-01-01", "王,1,x")
    before = members_of(session, "VETERAN")
    result = run("import-group", "VETERAN", str(file))
    assert result.exit_code == 1
    assert "没有登记：有 3 处要改" in result.stderr
    assert "A 姓名" in result.stderr
    session.rollback()
    assert members_of(session, "VETERAN") == before


def test_import_group_takes_the_first_day_for_a_list_that_names_none(
    loaded: Result, session: Session, tmp_path: Path
) -> None:
    number = make_demo_id(date(1993, 5, 5), 7)
    file = tmp_path / "a.csv"
    file.write_text(f"姓名,证件号码\n古丽,{number}", "utf-8")
    assert run("import-group", "VETERAN", str(file)).exit_code == 1
    done = run("import-group", "VETERAN", str(file), "--from", "2026-03-01")
    assert done.exit_code == 0
    newest = select(PersonGroup).order_by(PersonGroup.id.desc()).limit(1)
    row = session.scalars(newest).one()
    assert (row.group_code, row.valid_from) == ("VETERAN", date(2026, 3, 1))


@pytest.mark.parametrize(
    "arguments",
    [
        ["JUSTICE", "{file}"],
        ["NOBODY", "{file}"],
        ["VETERAN", "{file}", "--region", "999999"],
        ["VETERAN", "{file}.absent"],
    ],
    ids=["closed", "unknown", "region", "absent"],
)
def test_import_group_refuses_in_words(
    loaded: Result, tmp_path: Path, arguments: list[str]
) -> None:
    file = members(tmp_path, f"古丽,{make_demo_id(date(1994, 5, 5), 7)},2026-01-01")
    result = run("import-group", *[part.format(file=file) for part in arguments])
    assert result.exit_code == 1
    assert result.stderr.strip()
