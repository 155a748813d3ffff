"""Reflex configuration."""

import reflex as rx

from portal.settings import get_settings

settings = get_settings()

config = rx.Config(
    app_name="portal",
    frontend_port=settings.port,
    backend_port=settings.port,
    api_url=f"http://localhost:{settings.port}",
    deploy_url=settings.public_url,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    frontend_compression_formats=["brotli", "gzip"],
    cors_allowed_origins=[settings.public_url],
    disable_plugins=[rx.plugins.SitemapPlugin],
    plugins=[rx.plugins.TailwindV4Plugin({"plugins": ["daisyui"]})],
)
