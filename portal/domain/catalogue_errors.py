"""What can be wrong with publishing a catalogue."""

from portal.domain.errors import PortalError


class CatalogueRefused(PortalError):
    """A catalogue cannot be published as it is."""

    key = "publication.refused"
    status = 409


class NameTaken(CatalogueRefused):
    """An institution outside the catalogue has this name by now."""

    key = "publication.name_taken"


class PlanGone(CatalogueRefused):
    """A programme belongs to a plan that is not published any more."""

    key = "publication.plan_gone"


class NotADraft(CatalogueRefused):
    """The version was published, withdrawn or thrown away already."""

    key = "publication.not_a_draft"


class NotInForce(CatalogueRefused):
    """Only what is published, or waits for its day, can be withdrawn."""

    key = "publication.not_in_force"


class AlreadyScheduled(CatalogueRefused):
    """Another version of this catalogue waits for its day."""

    key = "publication.already_scheduled"


class TooEarly(CatalogueRefused):
    """The version would apply from before the one that it replaces."""

    key = "publication.too_early"


class NothingNew(CatalogueRefused):
    """The version says what the one in force says."""

    key = "publication.nothing_new"


class ImportBusy(CatalogueRefused):
    """The background works on this import."""

    key = "publication.import_busy"


class ImportOver(CatalogueRefused):
    """The import became a draft already, or its sheet is not kept any more."""

    key = "publication.import_over"
