"""What the examination of the trail found, in words."""

from portal.locale import t
from portal.services.audit_trail.examination import Fault


def fault_text(fault: Fault) -> str:
    """One fault as a sentence."""
    if not fault.block:
        return t("trail.check.stray", row=fault.row)
    what = fault.what if fault.row else "block"
    return t(f"trail.check.{what}", block=fault.block, row=fault.row)
