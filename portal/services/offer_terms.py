"""A region's terms for offering seats to those who wait, as its policy pack sets them."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.db.models import TrainingClass
from portal.domain.waiting_list import OfferTerms, closes_at
from portal.services.enrolment_locks import begins
from portal.services.rule_book import RuleBook, book_for
from portal.services.times import day_of

# A class in one of these states is still taking the people of its list.
TAKING = ("enrolling", "running")


def terms_of(book: RuleBook) -> OfferTerms:
    """The region's terms for offers."""
    hours = book.waiting_list
    return OfferTerms(
        lasts=timedelta(hours=hours.offer_hours),
        least=timedelta(hours=hours.offer_min_hours),
        closes_before=timedelta(hours=hours.close_before_start_hours),
    )


def list_closes_at(session: Session, of: TrainingClass, now: datetime) -> datetime:
    """From when on nobody is offered a seat of the class."""
    book = book_for(session, of.region_code, day_of(now))
    return closes_at(begins(of), terms_of(book))
