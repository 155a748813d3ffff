"""Reflex configuration. Addresses in it are placeholders: portal/server.py makes the built pages
call back to wherever they were loaded from."""

import reflex as rx

from portal.settings import get_settings

config = rx.Config(
    app_name="portal",
    api_url="http://localhost:3000",
    deploy_url="http://localhost:3000",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    frontend_compression_formats=["brotli", "gzip"],
    cors_allowed_origins=[get_settings().public_url],
    # A tab that was left is forgotten after a quarter of an hour; the address brings it back.
    redis_token_expiration=900,
    redis_url=get_settings().redis_url or None,
    # For the plain pages: portal/server.py puts them under /vendor/. The scanner's package is
    # pinned by its component.
    frontend_packages=["lean-qr@2.7.4"],
    disable_plugins=[rx.plugins.SitemapPlugin],
    plugins=[rx.plugins.TailwindV4Plugin({"plugins": ["daisyui"]})],
)
