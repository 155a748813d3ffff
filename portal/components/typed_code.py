"""The typed form of the check-in code, as a plain post that needs no script."""

import reflex as rx

from portal.locale import t


def typed_code(label: str) -> rx.Component:
    """Field and button in one line; the plain HTTP door answers."""
    return rx.el.form(
        rx.el.label(label, html_for="typed-code", class_name="block font-medium"),
        rx.el.div(
            rx.el.input(
                id="typed-code",
                name="code",
                type="text",
                input_mode="numeric",
                pattern="[0-9 ]*",
                max_length=7,
                required=True,
                auto_complete="off",
                placeholder="······",
                custom_attrs={"data-testid": "checkin-code-input"},
                class_name="input join-item w-full h-12 text-2xl tracking-[0.3em]",
            ),
            rx.el.button(
                t("trainee.scan.submit"),
                type="submit",
                custom_attrs={"data-testid": "checkin-submit"},
                class_name="btn btn-primary join-item h-12 text-base shrink-0",
            ),
            class_name="join w-full",
        ),
        method="post",
        action="/checkin/code",
        on_submit=None,
        class_name="space-y-3",
    )
