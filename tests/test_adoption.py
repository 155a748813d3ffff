"""An installation whose issuer key once lay in a file."""

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from portal.cli import app
from portal.db.models import IssuerKey
from portal.documents import signature
from portal.settings import get_settings


def test_init_takes_the_key_over_and_leaves_no_copy(engine: Engine, session: Session) -> None:
    path = get_settings().data_dir / "keys" / "issuer.pem"
    pem = signature.generate_key()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pem)
    assert CliRunner().invoke(app, ["init"]).exit_code == 0
    assert not path.exists()
    kids = session.scalars(select(IssuerKey.kid)).all()
    assert kids == [signature.load_key(pem).thumbprint()]
