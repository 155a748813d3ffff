"""The ``portal`` command."""

import asyncio
import json
import logging
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress
from rich.table import Table

from portal import cli_audit, cli_verify, server
from portal.cli_parts import console, errors
from portal.cli_parts import fail as _fail
from portal.cli_parts import now as _now
from portal.cli_parts import plain_problems as _plain_problems
from portal.db import schema
from portal.db.engine import database_url, get_engine, in_transaction, use_engine
from portal.db.vault import create_key_file
from portal.demo import cast, files, loader
from portal.domain.errors import BadInput, PortalError
from portal.domain.permissions import SYSTEM, Actor, Role
from portal.locale import t
from portal.locale.errors import sentence_for
from portal.policies import reference
from portal.policies.reference import NATIONAL
from portal.services import (
    archive_checkpoints,
    archive_sealing,
    archive_seals,
    checkup,
    facts_import,
    issuers,
    publishing,
    publishing_files,
)
from portal.services.oversight import rebuilding
from portal.services.public_catalogues import backfill
from portal.services.publishing_report import of_file
from portal.services.staff import invitations
from portal.services.unit import as_actor
from portal.settings import Settings, get_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Training portal")


def _require_schema() -> None:
    if not schema.is_current(get_engine()):
        raise _fail("the database schema is out of date: run 'portal init'")


@app.command()
def init() -> None:
    """Create keys and data folder, upgrade the schema. Safe to repeat."""
    settings = get_settings()
    with _plain_problems():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        create_key_file(settings.key_file)
        schema.upgrade(get_engine())
        in_transaction(publishing.load_reference)
        in_transaction(backfill.fill_in)
        _first_issuer_key(settings)
        _seal_archives()
    console.print("ready: keys, database, schema and reference data are in place")


def _first_issuer_key(settings: Settings) -> None:
    """The portal's own key: made now, or taken over from the file that once held it."""
    path, now = settings.data_dir / "keys" / "issuer.pem", _now()
    if not path.is_file():
        in_transaction(lambda session: issuers.of_portal(session, now=now))
        return
    in_transaction(lambda session: issuers.adopt(session, path.read_bytes(), now=now))
    path.unlink()


def _seal_archives() -> None:
    """Seal what was written before archives had seals; once, later it does nothing."""
    anchor, now = archive_seals.anchor_file(), _now()
    sealed = in_transaction(
        lambda session: archive_sealing.seal_old(session, SYSTEM, anchor=anchor, now=now)
    )
    in_transaction(lambda session: archive_checkpoints.keep_anchor(session, SYSTEM, path=anchor))
    for person_id in sealed.left:
        errors.print(
            f"the archive of person {person_id} is not intact and was not sealed:"
            " see 'portal doctor'",
            style="red",
            highlight=False,
        )


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="address to listen on")] = "",
    port: Annotated[int, typer.Option(help="port to listen on")] = 0,
    workers: Annotated[int, typer.Option(min=1, help="processes; more than 1 needs Redis")] = 1,
) -> None:
    """Serve pages and routes until interrupted."""
    settings = get_settings()
    settings.host = host or settings.host
    settings.port = port or settings.port
    problems = settings.problems()
    if workers > 1 and not settings.redis_url:
        problems.append("more than one worker needs PORTAL_REDIS_URL: workers share state in Redis")
    if problems:
        raise _fail("\n".join(problems))
    with _plain_problems():
        _require_schema()
        if not server.port_becomes_free(settings.host, settings.port):
            raise _fail(f"port {settings.port} is taken: stop what listens there or pass --port")
        if settings.is_production and in_transaction(cast.is_loaded):
            raise _fail("this database holds the demo: production needs one of its own")
        server.build_pages()
        for address in _addresses(settings):
            console.print(address, highlight=False)
        url = database_url()
        # Workers are forked: none may inherit an open connection.
        use_engine(None)
        server.serve(settings, database_url=url, workers=workers)


def _addresses(settings: Settings) -> Iterator[str]:
    """Where to open the portal: on this machine, and on a phone in the same network."""
    yield f"this machine:        {settings.base_url or f'http://localhost:{settings.port}'}"
    if not settings.base_url:
        yield f"phone, same network: {settings.public_url}"


@app.command()
def work() -> None:
    """Do background work only, until interrupted; for processes beside those that serve."""
    problems = get_settings().problems()
    if problems:
        raise _fail("\n".join(problems))
    with _plain_problems():
        _require_schema()
        # Here, because the import is slow and no other command needs it.
        from portal.tasks.worker import work_alone

        asyncio.run(work_alone())


@app.command()
def start() -> None:
    """What ``make run`` does: init, demo, serve; in one process, because each start costs."""
    init()
    demo()
    serve()


@app.command()
def demo(
    as_json: Annotated[bool, typer.Option("--json", help="print the accounts as JSON")] = False,
) -> None:
    """Load the demo and print its accounts. Safe to repeat; a later day adds its classes."""
    settings = get_settings()
    if settings.is_production:
        raise _fail(t("demo.refused"))
    with _plain_problems():
        _require_schema()
        now = _now()
        report = in_transaction(lambda session: loader.load(session, now=now))
        files.leave_models(settings.data_dir / "demo")
    if as_json:
        print(json.dumps(asdict(report) | {"password": cast.PASSWORD}, ensure_ascii=False))  # noqa: T201
        return
    _print_accounts(report)


def _print_accounts(report: loader.DemoReport) -> None:
    figures = {
        "institutions": report.institutions,
        "open": report.open_classes,
        "past": report.past_classes,
        "certificates": report.certificates,
    }
    console.print(t("demo.loaded", **figures), highlight=False)
    table = Table(title=t("demo.accounts", password=cast.PASSWORD), show_header=False)
    for account in report.accounts:
        table.add_row(account.login, account.role, account.hint)
    console.print(table)
    console.print(t("demo.note"), highlight=False)


@app.command()
def publish(
    paths: Annotated[list[Path], typer.Argument(help="files or folders: .toml, .xlsx, .csv")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check only")] = False,
) -> None:
    """Check policy packs and catalogues and put them in force; with any fault, nothing."""
    found, problems = publishing_files.read_paths(paths)
    with _plain_problems():
        _require_schema()
        now = _now()
        # Files that cannot be read keep the others from being published, not from being checked.
        report = in_transaction(
            lambda session: publishing.publish(
                session,
                publishing.OPERATOR,
                files=found,
                now=now,
                dry_run=dry_run or bool(problems),
            )
        )
    problems += report.problems
    if problems:
        _print_problems(problems)
        raise typer.Exit(1)
    for one in report.published:
        word = t(f"publishing.outcome.{one.outcome}")
        kind = t(f"publishing.catalogue.{one.kind}")
        console.print(f"{word}  {kind}  {one.region_code}  {one.name}  {one.rows}", highlight=False)
    if dry_run:
        console.print(t("publishing.dry_run"), highlight=False)


@app.command("first-administrator")
def first_administrator(
    role: Annotated[str, typer.Argument(help="system_admin, security_admin or auditor")],
    name: Annotated[str, typer.Option(help="as in the document")],
    phone: Annotated[str, typer.Option(help="11 digits")],
    region: Annotated[str, typer.Option(help="6 digits; 000000 for the country")],
) -> None:
    """Print a link that makes the first administrator of a kind; refused once there is one."""
    with _plain_problems():
        _require_schema()
        now = _now()
        try:
            link = as_actor(
                invitations.first_administrator,
                SYSTEM,
                role=role,
                name=name,
                phone=phone,
                region_code=region,
                now=now,
            )
        except PortalError as error:
            _fail(sentence_for(error))
        console.print(link, highlight=False, soft_wrap=True)


@app.command("import-group")
def import_group(
    code: Annotated[str, typer.Argument(help="code of the group: AIDED_FAMILY, VETERAN, ...")],
    file: Annotated[Path, typer.Argument(help="list of its members: .xlsx or .csv")],
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="first day where the list names none"),
    ] = None,
    region: Annotated[str, typer.Option(help="region whose list it is")] = NATIONAL,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="check only")] = False,
) -> None:
    """Verify everybody on a list as a member of a group; with any fault, nobody."""
    found, problems = publishing_files.read_paths([file])
    if problems or len(found) != 1:
        _print_problems(problems or [of_file(str(file), "cli.import_group.one_file")])
        raise typer.Exit(1)
    if reference.region_name(region) == region and region != NATIONAL:
        raise _fail(t("cli.import_group.no_region", region=region))
    officer = Actor(role=Role.OFFICER, region_code=region)
    with _plain_problems(), Progress(console=errors, transient=True) as bar:
        _require_schema()
        now, task = _now(), bar.add_task(file.name, total=None)

        def work(session: Any) -> facts_import.ImportReport:
            return facts_import.import_group(
                session,
                officer,
                group_code=code,
                file_name=found[0][0],
                content=found[0][1],
                valid_from=since.date() if since else None,
                now=now,
                dry_run=dry_run,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )

        try:
            report = in_transaction(work)
        except BadInput as error:
            raise _fail(sentence_for(error)) from None
    _print_import(report)
    if report.problems:
        raise typer.Exit(1)


def _print_import(report: facts_import.ImportReport) -> None:
    """Every fault, or what came of the list; in either case who was left out and why."""
    if report.left_out:
        title = t("facts_import.left_out_title", count=len(report.left_out))
        _print_problems(list(report.left_out), title)
    if report.problems:
        _print_problems(
            list(report.problems), t("facts_import.refused", count=len(report.problems))
        )
        return
    console.print(f"{report.group_name}  {report.region_name}", highlight=False)
    for name in ("rows", "added", "new_people", "verified", "renewed", "unchanged", "missing"):
        console.print(f"{t(f'facts_import.{name}')}  {getattr(report, name)}", highlight=False)
    done = "cli.import_group.checked" if report.dry_run else "facts_import.imported"
    console.print(t(done), highlight=False)


def _print_problems(problems: list[publishing.PublishProblem], title: str = "") -> None:
    table = Table(title=title or t("publishing.refused", count=len(problems)))
    for name in ("file", "sheet", "row", "column", "reason"):
        # Cut off, a reason would say nothing; folded, it stays whole on the narrowest terminal.
        table.add_column(t(f"publishing.head.{name}"), overflow="fold")
    for one in problems:
        table.add_row(one.file, one.sheet, str(one.row or ""), one.column, one.reason)
    errors.print(table)


app.command()(cli_verify.verify)
app.command("trust")(cli_verify.save_trust)
app.command("audit-verify")(cli_audit.audit_verify)


@app.command()
def recount() -> None:
    """Count the authority's overview anew from the books of record; minutes for millions."""
    _require_schema()
    with console.status("counting"):
        counted = as_actor(rebuilding.rebuild, SYSTEM, now=_now())
    console.print(f"[green]counted[/green] {counted} classes", highlight=False)


@app.command()
def doctor() -> None:
    """Check settings, keys, database, schema, queue, fonts, pages, and Redis if one is set."""
    settings = get_settings()
    findings = checkup.examine(settings, now=_now())
    findings.append(checkup.ask("pages", _pages))
    if settings.is_production:
        findings.append(checkup.ask("no demo data", _no_demo))
    for one in findings:
        mark = "[red]FAIL[/red]"
        if one.ok:
            mark = "[yellow]warn[/yellow]" if one.warning else "[green]ok  [/green]"
        console.print(f"{mark} {one.name}", end="", highlight=False)
        said = one.warning if one.ok else one.detail
        console.print(f": {said}" if said else "", highlight=False, markup=False)
    if not all(one.ok for one in findings):
        raise typer.Exit(1)


def _pages() -> str:
    return "" if server.pages_are_built() else "not built: 'portal serve' builds them"


def _no_demo() -> str:
    loaded = in_transaction(cast.is_loaded)
    return "the demo is in this database: production needs one of its own" if loaded else ""


def main() -> None:
    """Entry point that keeps traces away from people."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    app()


if __name__ == "__main__":
    main()
