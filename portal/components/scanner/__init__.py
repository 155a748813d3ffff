"""The camera that reads check-in codes, and what is said while it cannot."""

import reflex as rx

from portal.components.icons import glyph
from portal.locale import t

# What keeps a camera shut, each with a sentence on what to do. The typed code helps in all cases.
_SHUT = ("denied", "missing", "busy", "insecure", "unsupported")
# A second try can help only where the person or another program stood in the way.
_AGAIN = ("denied", "busy")
# Written out, because Tailwind only makes the classes that it finds in the built pages.
_WHEN = {
    "asking": "hidden group-data-[state=asking]:flex",
    "scanning": "hidden group-data-[state=scanning]:flex",
    "found": "hidden group-data-[state=found]:flex",
    "denied": "hidden group-data-[state=denied]:block",
    "missing": "hidden group-data-[state=missing]:block",
    "busy": "hidden group-data-[state=busy]:block",
    "insecure": "hidden group-data-[state=insecure]:block",
    "unsupported": "hidden group-data-[state=unsupported]:block",
}


class QrCamera(rx.NoSSRComponent):
    """The wrapped scanner (``camera.jsx``); loaded only by the page that uses it."""

    library = rx.asset("camera.jsx", shared=True).importable_path
    lib_dependencies: list[str] = ["qr-scanner@1.4.2"]
    tag = "QrCamera"

    video_label: rx.Var[str]


def scanner() -> rx.Component:
    """The camera with its sentences; a check-in code is followed on this site, whatever address
    it was shown under."""
    return QrCamera.create(
        _says("asking", "camera"),
        _says("scanning", "scan-line"),
        _says("found", "check"),
        rx.el.p(
            glyph("circle-alert", class_name="size-5 shrink-0 mt-0.5"),
            t("trainee.scan.foreign"),
            role="alert",
            class_name="hidden group-data-[foreign=yes]:flex gap-2 rounded-2xl border "
            "border-error/40 bg-error/5 text-error p-4",
        ),
        *[_shut(reason) for reason in _SHUT],
        video_label=t("trainee.scan.video"),
    )


def _says(state: str, icon: str) -> rx.Component:
    return rx.el.p(
        glyph(icon, class_name="size-5 shrink-0 mt-0.5 text-primary"),
        t(f"trainee.scan.{state}"),
        role="status",
        class_name=f"{_WHEN[state]} gap-2 justify-center",
    )


def _shut(reason: str) -> rx.Component:
    """Why there is no picture, in plain words and steps."""
    again = (
        rx.el.button(
            t("trainee.scan.again"),
            type="button",
            custom_attrs={"data-scan-again": "1"},
            class_name="btn btn-primary w-full text-base mt-3",
        )
        if reason in _AGAIN
        else rx.fragment()
    )
    return rx.el.section(
        rx.el.h2(t(f"trainee.scan.shut.{reason}.title"), class_name="font-semibold"),
        rx.el.p(t(f"trainee.scan.shut.{reason}.help"), class_name="whitespace-pre-line mt-2"),
        again,
        role="alert",
        class_name=f"{_WHEN[reason]} rounded-2xl border border-warning bg-warning/10 p-4",
    )
