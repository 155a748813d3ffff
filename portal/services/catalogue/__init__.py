"""The catalogue of classes: finding one, reading about it, planning one."""

from portal.services.catalogue.detail import class_detail
from portal.services.catalogue.facets import facets, quick_choices
from portal.services.catalogue.finding import find_classes, list_classes
from portal.services.catalogue.planning import ClassPlan, SessionPlan, create_class
from portal.services.catalogue.query import ClassQuery
from portal.services.catalogue.views import (
    Choice,
    ClassCard,
    ClassDetail,
    ClassPage,
    Facets,
    QuickChoice,
    RegionNode,
)

__all__ = [
    "Choice",
    "ClassCard",
    "ClassDetail",
    "ClassPage",
    "ClassPlan",
    "ClassQuery",
    "Facets",
    "QuickChoice",
    "RegionNode",
    "SessionPlan",
    "class_detail",
    "create_class",
    "facets",
    "find_classes",
    "list_classes",
    "quick_choices",
]
