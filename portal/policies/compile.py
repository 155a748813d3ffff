"""A pack's rules as the engine reads them."""

from datetime import date

from portal.domain.rules.rule import Rule
from portal.locale import t
from portal.policies import models


def rules_of(pack: models.PolicyPack, *, demo: bool = False) -> tuple[Rule, ...]:
    """The rules in the order of the file, with the document's dates where they have none.

    ``demo`` also counts a continuation that is marked as an example, as ``Document.standing``
    does. Where the document names nobody to ask, it is the nationwide hotline 12333.
    """
    return tuple(_rule(pack.document, rule, demo=demo) for rule in pack.rules)


def _rule(document: models.Document, rule: models.Rule, *, demo: bool) -> Rule:
    return Rule(
        id=rule.id,
        kind=rule.kind,
        where=rule.where,
        clause=rule.clause,
        quote=rule.quote,
        plain=rule.message_plain,
        pack_id=document.id,
        document=document.doc_no or document.short_title,
        params=rule.params,
        plans=rule.plans,
        soft=rule.soft,
        remedy=rule.remedy_plain or "",
        papers=rule.papers,
        ask=ask_of(document),
        effective_from=rule.effective_from or document.effective_from,
        effective_to=rule.effective_to or _end(document, demo=demo),
    )


def ask_of(document: models.Document) -> str:
    """Where people ask about a document, with its number."""
    place = document.ask_plain or t("publish.pack.ask_anywhere")
    if document.ask_phone is None:
        return place
    return t("publish.pack.ask_with_phone", place=place, phone=document.ask_phone)


def _end(document: models.Document, *, demo: bool) -> date | None:
    more = document.continuation
    if more and (demo or not more.demo):
        return more.effective_to
    return document.effective_to
