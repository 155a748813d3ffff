"""What is handed to the disciplinary office proves itself, and says what it leaves out."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.models import AuditEvent
from portal.documents import audit_file, audit_proof
from portal.domain.errors import BadInput, Forbidden, PortalError
from portal.domain.permissions import Actor, Role
from portal.services import issuers, trust
from portal.services.audit_trail import export as exporting
from portal.services.audit_trail.export import Exported, TrailBroken, export
from portal.services.audit_trail.standing import examine_piece
from portal.services.audit_trail.wanted import Wanted
from tests.support import factories as make
from tests.support.audit_trail import close_all, reach_in, write
from tests.support.factories import NOW

DAYS = {"since": "2026-12-01", "until": "2026-12-02"}


def auditor(session: Session, region: str = "000000") -> Actor:
    return make.make_actor(session, Role.AUDITOR, region_code=region)


@pytest.fixture
def rows(session: Session) -> list[AuditEvent]:
    """A row a day for four days from the day before, in blocks of two; one that is open."""
    reach_in(session, "DELETE FROM audit_event")
    officer = make.make_account(
        session, Role.OFFICER, person=make.make_person(session, name="张三")
    )
    person = make.make_person(session, name="王二小")
    made = [
        write(
            session,
            NOW + timedelta(days=day),
            actor_account_id=officer.id,
            on_behalf_of=person.id,
            action=action,
            reason="=1+1",
        )
        for day in (-1, 0, 1, 2)
        for action in ("class.finish", "facts.verify")
    ]
    close_all(session, NOW, most=3)
    write(session, NOW, actor_account_id=officer.id)
    return made


def taken(session: Session, who: Actor, **wanted: str) -> Exported:
    return export(
        session,
        who,
        wanted=Wanted(**DAYS | wanted),
        reason="调查违规发证",
        doc_no="纪监调1号",
        now=NOW,
    )


def checked(session: Session, content: bytes) -> audit_file.FileVerdict:
    return audit_file.check(content, trust.portal_keys(trust.ours(session, now=NOW)))


def files_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as folder:
        return {name: folder.read(name) for name in folder.namelist()}


def test_all_rows_of_the_days_are_in_it_and_prove_themselves(
    session: Session, rows: list[AuditEvent]
) -> None:
    found = taken(session, auditor(session))
    verdict = checked(session, found.content)
    assert (verdict.problem, verdict.shown, verdict.withheld, verdict.complete) == ("", 4, 0, True)
    files = files_of(found.content)
    shown = [json.loads(line) for line in files["rows.jsonl"].splitlines()]
    assert [row["no"] for row in shown] == [row.no for row in rows[2:6]]
    table = files["rows.csv"].decode("utf-8-sig")
    # Staff by the whole name, everybody else masked; a formula stays text.
    assert "张三" in table
    assert "王二小" not in table
    assert "'=1+1" in table
    assert "portal audit-verify" in files["README.txt"].decode("utf-8-sig")
    manifest = json.loads(files["manifest.json"])
    assert (manifest["doc_no"], manifest["reason"], manifest["unclosed"]) == (
        "纪监调1号",
        "调查违规发证",
        1,
    )


def test_a_filtered_export_counts_what_it_leaves_out(
    session: Session, rows: list[AuditEvent]
) -> None:
    for wanted in ({"action": "facts.verify"}, {"person": "王二小", "action": "facts.verify"}):
        found = taken(session, auditor(session), **wanted)
        verdict = checked(session, found.content)
        assert (verdict.problem, verdict.shown, verdict.withheld) == ("", 2, 2)
        assert not verdict.complete
    assert taken(session, auditor(session), person="没有这个人").shown == 0


def test_an_auditor_of_a_region_takes_out_what_concerns_it(
    session: Session, rows: list[AuditEvent]
) -> None:
    assert taken(session, auditor(session, "650400")).shown == 4
    elsewhere = taken(session, auditor(session, "653200"))
    verdict = checked(session, elsewhere.content)
    assert (verdict.problem, verdict.shown, verdict.withheld, verdict.complete) == ("", 0, 4, False)
    assert "张三" not in files_of(elsewhere.content)["rows.csv"].decode("utf-8-sig")


def test_the_same_rows_at_the_same_moment_are_the_same_bytes(
    session: Session, rows: list[AuditEvent]
) -> None:
    who = auditor(session)
    issuers.of_portal(session, now=NOW)
    with session.begin_nested() as first:
        made = taken(session, who, person="张三").content
        # The first one is itself a row, which is not closed yet.
        first.rollback()
    assert taken(session, who, person="张三").content == made


def test_an_export_is_written_down_with_reason_and_document(
    session: Session, rows: list[AuditEvent]
) -> None:
    who = auditor(session)
    taken(session, who)
    session.flush()
    row = session.scalars(select(AuditEvent).where(AuditEvent.action == "audit.export")).one()
    assert (row.actor_account_id, row.reason) == (who.account_id, "调查违规发证")
    assert row.detail is not None
    assert (row.detail["doc_no"], row.detail["shown"]) == ("纪监调1号", 4)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("reason", {"reason": "短"}),
        ("doc_no", {"doc_no": " "}),
        ("doc_no", {"doc_no": "x" * 61}),
        ("since", {"wanted": Wanted(until="2026-12-02")}),
        ("since", {"wanted": Wanted(since="2020-01-01", until="2020-01-02")}),
    ],
)
def test_without_days_reason_or_document_nothing_is_handed_out(
    session: Session, rows: list[AuditEvent], field: str, change: dict[str, object]
) -> None:
    values = {"wanted": Wanted(**DAYS), "reason": "调查违规发证", "doc_no": "纪监调1号"}
    with pytest.raises(BadInput) as refused:
        export(session, auditor(session), **values | change, now=NOW)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_too_much_at_once_is_refused(
    session: Session, rows: list[AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "MOST", 3)
    with pytest.raises(BadInput):
        taken(session, auditor(session))


def test_rows_that_are_not_as_they_were_are_not_handed_out(
    session: Session, rows: list[AuditEvent]
) -> None:
    reach_in(session, "UPDATE audit_event SET reason = 'x' WHERE no = :no", no=rows[3].no)
    with pytest.raises(TrailBroken) as refused:
        taken(session, auditor(session))
    assert str(rows[3].no) in str(refused.value.params["what"])


@pytest.mark.parametrize("role", [Role.OFFICER, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN])
def test_only_an_auditor_takes_it_out_or_examines_it(
    session: Session, rows: list[AuditEvent], role: Role
) -> None:
    who = make.make_actor(session, role, region_code="000000")
    with pytest.raises(Forbidden):
        taken(session, who)
    with pytest.raises(Forbidden):
        examine_piece(session, who, after=0, now=NOW)


# --- an outsider finds whatever is done to the file


def _again(files: dict[str, bytes], **manifest: object) -> bytes:
    """The file with all hashes put right, as a forger could; not the signature."""
    made = json.loads(files["manifest.json"]) | manifest
    made["files"] = audit_file.digests({name: files[name] for name in audit_file.NAMES})
    rest = {name: files[name] for name in audit_file.NAMES}
    return audit_file.packed(rest, made, files["manifest.jws"].decode())


def _resigned(session: Session, files: dict[str, bytes], **manifest: object) -> bytes:
    """The file as a portal that lies would sign it."""
    made = json.loads(files["manifest.json"]) | manifest
    made["files"] = audit_file.digests({name: files[name] for name in audit_file.NAMES})
    rest = {name: files[name] for name in audit_file.NAMES}
    signed = issuers.of_portal(session, now=NOW).sign(made, typ=audit_file.TYP)
    return audit_file.packed(rest, made, signed)


def _without_last(content: bytes) -> bytes:
    return b"".join(content.splitlines(keepends=True)[:-1])


CHANGES: dict[str, tuple[str, Callable[[dict[str, bytes]], dict[str, bytes]]]] = {
    "a row changed": (
        "row",
        lambda f: f | {"rows.jsonl": f["rows.jsonl"].replace(b"facts.verify", b"facts.refuse", 1)},
    ),
    "a row left out": ("left_out", lambda f: f | {"rows.jsonl": _without_last(f["rows.jsonl"])}),
    "a row twice": (
        "row",
        lambda f: f | {"rows.jsonl": f["rows.jsonl"] + f["rows.jsonl"].splitlines(True)[0]},
    ),
    "a block left out": (
        "chain",
        lambda f: f | {"blocks.jsonl": _without_last(f["blocks.jsonl"])},
    ),
    "a block changed": (
        "block",
        lambda f: f | {"blocks.jsonl": f["blocks.jsonl"].replace(b'"count":3', b'"count":2', 1)},
    ),
    "leaves left out": (
        "left_out",
        lambda f: f | {"leaves.jsonl": _without_last(f["leaves.jsonl"])},
    ),
    "nothing readable": ("unreadable", lambda f: f | {"rows.jsonl": b"[1, 2"}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_changed_is_found(session: Session, rows: list[AuditEvent], name: str) -> None:
    files = files_of(taken(session, auditor(session)).content)
    problem, change = CHANGES[name]
    changed = change(files)
    assert changed != files
    assert checked(session, _again(changed)).problem == "signature"
    assert checked(session, _resigned(session, changed)).problem == problem
    plain = audit_file.packed(
        {one: changed[one] for one in audit_file.NAMES},
        json.loads(files["manifest.json"]),
        files["manifest.jws"].decode(),
    )
    assert checked(session, plain).problem == "changed"


def test_other_days_in_the_manifest_are_found(session: Session, rows: list[AuditEvent]) -> None:
    files = files_of(taken(session, auditor(session)).content)
    wider = _resigned(session, files, until="2026-12-31T00:00:00.000000Z")
    assert checked(session, wider).problem == "left_out"


def test_the_key_of_an_institution_speaks_for_no_portal(
    session: Session, rows: list[AuditEvent]
) -> None:
    files = files_of(taken(session, auditor(session)).content)
    school = make.make_institution(session)
    manifest = json.loads(files["manifest.json"])
    key = issuers.of_institution(session, school.id, now=NOW)
    signed = key.sign(manifest, typ=audit_file.TYP)
    forged = audit_file.packed({n: files[n] for n in audit_file.NAMES}, manifest, signed)
    assert checked(session, forged).problem == "signature"


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 1000])
def test_what_is_no_export_is_unreadable(session: Session, content: bytes) -> None:
    assert checked(session, content).problem == "unreadable"


def test_the_hashes_are_what_the_readme_says(session: Session, rows: list[AuditEvent]) -> None:
    """Computed with nothing but the standard library."""
    import hashlib

    files = files_of(taken(session, auditor(session)).content)
    row = json.loads(files["rows.jsonl"].splitlines()[0])
    plain = json.dumps(
        row["content"], ensure_ascii=False, sort_keys=True, separators=(",", ":")
    ).encode()
    body = hashlib.sha256(plain).hexdigest()
    leaves = [json.loads(line) for line in files["leaves.jsonl"].splitlines()]
    assert [row["no"], row["at"], body] in [leaf for line in leaves for leaf in line["leaves"]]
    root = hashlib.sha256()
    for no, at, inside in leaves[0]["leaves"]:
        one = hashlib.sha256(f"{no}\n{at}\n{inside}".encode()).digest()
        root.update(no.to_bytes(8, "big") + one)
    block = next(
        one
        for one in map(json.loads, files["blocks.jsonl"].splitlines())
        if one["no"] == leaves[0]["block"]
    )
    assert block["root"] == root.hexdigest()
    assert block["hash"] == audit_proof.header_hash(block)


def test_the_whole_trail_is_examined_piece_by_piece(
    session: Session, rows: list[AuditEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.services.audit_trail.standing._PIECE", 2)
    who, after, seen, pieces, victim = auditor(session), 0, 0, 0, rows[-1].no
    reach_in(session, "DELETE FROM audit_event WHERE no = :no", no=victim)
    faults = []
    while True:
        found = examine_piece(session, who, after=after, now=NOW)
        seen, pieces, after = seen + found.rows, pieces + 1, found.after
        faults += [str(fault) for fault in found.faults]
        if not after:
            break
    assert (seen, pieces, found.unclosed) == (8, 2, 2)
    assert faults == [f"block 3 row {victim}: removed"]
    reads = select(AuditEvent).where(AuditEvent.action == "audit.verify")
    assert len(session.scalars(reads).all()) == 1


def test_refusals_have_sentences(session: Session) -> None:
    from portal.locale.errors import sentence_for

    error: PortalError = TrailBroken(what="x")
    assert "x" in sentence_for(error)
