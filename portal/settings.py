"""The only reader of the environment. Every setting has the prefix ``PORTAL_``."""

import socket
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
# Where the built pages lie; made by portal/server.py.
BUILT_PAGES = ROOT / ".web" / "build" / "client"


class Settings(BaseSettings):
    """What an installation decides; README lists the same names."""

    model_config = SettingsConfigDict(env_prefix="PORTAL_", extra="ignore")

    env: Literal["demo", "production"] = "demo"
    database_url: str = ""
    redis_url: str = ""
    data_dir: Path = ROOT / "data"
    base_url: str = ""
    host: str = "0.0.0.0"
    port: int = 3000
    master_key_file: Path | None = None
    # Where text messages are posted to (docs in deploy/README.md), and the gateway's bearer token.
    sms_webhook_url: str = Field(default="", pattern="^(https?://.+)?$")
    sms_webhook_token: str = ""
    # How many text messages one phone gets within an hour; families and helpers share phones.
    sms_per_hour: int = 6
    # Whether serving processes do background work, too; ``portal work`` does nothing else.
    tasks: Literal["on", "off"] = "on"
    # How many requests may hold a database connection at once in one process.
    pool_size: int = 16
    # A reverse proxy in front sets X-Forwarded-For; without one the header is a client's claim.
    trusted_proxy: bool = False

    # Whether officers, managers and administrators log in with two factors; unset: in production,
    # since demo accounts are for everybody. An account that has a factor is always asked.
    require_second_factor: bool | None = None

    @property
    def second_factor_required(self) -> bool:
        """Whether the roles that need two factors may not log in with one."""
        asked = self.require_second_factor
        return self.is_production if asked is None else asked

    @property
    def public_url(self) -> str:
        """The address in codes and on certificates, without a trailing slash.

        Without a base URL it is this machine's address in its network: a code that says
        ``localhost`` leads a phone nowhere.
        """
        everywhere = self.host in ("", "0.0.0.0", "::")
        host = lan_address() if everywhere else self.host
        return (self.base_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def key_file(self) -> Path:
        """Where the master key lies."""
        return self.master_key_file or self.data_dir / "keys" / "master.key"

    @property
    def is_production(self) -> bool:
        return self.env == "production"

    def problems(self) -> list[str]:
        """Reasons why these settings must not serve real people; empty when all is well."""
        if not self.is_production:
            return []
        found = []
        if not self.base_url.startswith("https://"):
            found.append("PORTAL_BASE_URL must be an https address in production")
        if self.master_key_file is None:
            found.append("PORTAL_MASTER_KEY_FILE must name a key of your own in production")
        if self.sms_webhook_url and not self.sms_webhook_url.startswith("https://"):
            found.append("PORTAL_SMS_WEBHOOK_URL must be an https address in production")
        return found


@lru_cache
def lan_address() -> str:
    """This machine's address in its network; ``localhost`` when it has none.

    Nothing is sent: connecting a datagram socket only asks which interface would be used.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "localhost"


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
