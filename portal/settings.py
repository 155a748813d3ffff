"""The only reader of the environment. Every setting has the prefix ``PORTAL_``."""

from functools import lru_cache
from pathlib import Path
from typing import Literal

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
    sms_webhook_url: str = ""
    # How many requests may hold a database connection at once in one process.
    pool_size: int = 16
    # A reverse proxy in front sets X-Forwarded-For; without one the header is a client's claim.
    trusted_proxy: bool = False

    @property
    def public_url(self) -> str:
        """The address printed on codes and certificates, without a trailing slash."""
        return (self.base_url or f"http://localhost:{self.port}").rstrip("/")

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
        return found


@lru_cache
def get_settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
