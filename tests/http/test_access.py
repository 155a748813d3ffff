"""One table of who may call what, tested against every role."""

import re
from uuid import uuid4

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from portal.domain.permissions import GRANTS, Permission, Role
from portal.http.app import make_api
from portal.http.context import LOGIN_COOKIE
from portal.services.commitment import current
from portal.services.unit import required_permission
from tests.support.factories import log_in, make_account, make_institution

P = Permission
TABLE = {
    ("GET", "/healthz"): P.PUBLIC,
    ("HEAD", "/healthz"): P.PUBLIC,
    ("GET", "/readyz"): P.PUBLIC,
    ("HEAD", "/readyz"): P.PUBLIC,
    ("GET", "/metrics"): P.PUBLIC,
    ("GET", "/register"): P.PUBLIC,
    ("POST", "/register"): P.PUBLIC,
    ("GET", "/login"): P.PUBLIC,
    ("POST", "/auth/login"): P.PUBLIC,
    ("POST", "/auth/logout"): P.PUBLIC,
    ("POST", "/elder"): P.PUBLIC,
    ("GET", "/c/{code}"): P.PUBLIC,
    ("GET", "/checkin"): P.PUBLIC,
    ("GET", "/checkin/question"): P.PUBLIC,
    ("POST", "/checkin"): P.PUBLIC,
    ("POST", "/checkin/code"): P.CHECK_IN,
    ("GET", "/enrol/{class_id}"): P.ENROL,
    ("POST", "/enrol/{class_id}"): P.ENROL,
    ("GET", "/offers/{enrolment_id}"): P.ENROL,
    ("POST", "/offers/{enrolment_id}"): P.ENROL,
    ("GET", "/offers/{enrolment_id}/swap/{class_id}"): P.ENROL,
    ("POST", "/offers/{enrolment_id}/swap/{class_id}"): P.ENROL,
    ("GET", "/teach/sessions/{session_id}/screen"): P.RUN_SESSION,
    ("GET", "/teach/sessions/{session_id}/screen.json"): P.RUN_SESSION,
    ("GET", "/classes"): P.PUBLIC,
    ("GET", "/free"): P.PUBLIC,
    ("POST", "/free"): P.PUBLIC,
    ("GET", "/demo/phone"): P.PUBLIC,
    ("POST", "/demo/phone"): P.PUBLIC,
    ("GET", "/verify"): P.PUBLIC,
    ("GET", "/verify/{number}"): P.PUBLIC,
    ("GET", "/verify/archive/{serial}"): P.PUBLIC,
    ("GET", "/verify/file"): P.PUBLIC,
    ("POST", "/verify/file"): P.PUBLIC,
    ("GET", "/verify/camera"): P.PUBLIC,
    ("GET", "/status/{no}"): P.PUBLIC,
    ("GET", "/.well-known/portal-issuer.json"): P.PUBLIC,
    ("GET", "/files/certificates/{certificate_id}.{extension}"): P.SEE_OWN_ARCHIVE,
    ("GET", "/files/classes/{class_id}/certificates.zip"): P.FINISH_CLASS,
    ("GET", "/files/classes/{class_id}/certificates.pdf"): P.FINISH_CLASS,
    ("GET", "/files/archive.json"): P.SEE_OWN_ARCHIVE,
    ("GET", "/files/archive.pdf"): P.SEE_OWN_ARCHIVE,
    ("GET", "/files/reports/{report_id}.{form}"): P.SIGNED_IN,
    ("GET", "/funds"): P.PUBLIC,
    ("POST", "/api/v1/session"): P.PUBLIC,
    ("GET", "/api/v1/classes"): P.PUBLIC,
    ("GET", "/api/v1/classes/{class_id}"): P.PUBLIC,
    ("GET", "/api/v1/classes/{class_id}/eligibility"): P.ENROL,
    ("GET", "/api/v1/institutions"): P.PUBLIC,
    ("POST", "/api/v1/enrolments"): P.ENROL,
    ("GET", "/api/v1/enrolments"): P.ENROL,
    ("DELETE", "/api/v1/enrolments/{enrolment_id}"): P.ENROL,
    ("POST", "/api/v1/enrolments/{enrolment_id}/offer"): P.ENROL,
    ("GET", "/api/v1/sessions/{session_id}/code"): P.RUN_SESSION,
    ("GET", "/api/v1/sessions/{session_id}/pulse"): P.RUN_SESSION,
    ("POST", "/api/v1/checkins"): P.CHECK_IN,
    ("GET", "/api/v1/sessions/{session_id}/attendance"): P.CONFIRM_ATTENDANCE,
    ("POST", "/api/v1/sessions/{session_id}/attendance/confirm"): P.CONFIRM_ATTENDANCE,
    ("GET", "/api/v1/archive"): P.SEE_OWN_ARCHIVE,
    ("GET", "/api/v1/certificates/{number}/verification"): P.PUBLIC,
    ("GET", "/login/second"): P.PUBLIC,
    ("POST", "/auth/second"): P.PUBLIC,
    ("GET", "/me/security"): P.SIGNED_IN,
    ("POST", "/me/security/begin"): P.SIGNED_IN,
    ("POST", "/me/security/confirm"): P.SIGNED_IN,
    ("POST", "/me/security/codes"): P.SIGNED_IN,
    ("GET", "/join/{token}"): P.PUBLIC,
    ("POST", "/join/{token}"): P.PUBLIC,
    ("GET", "/reset/{token}"): P.PUBLIC,
    ("POST", "/reset/{token}"): P.PUBLIC,
}
TABLE |= {
    ("GET", "/catalogues/{kind}/{region}/v{number}.{suffix}"): P.PUBLIC,
    ("GET", "/admin/supplements/export.{suffix}"): P.FILE_SUPPLEMENTS,
    ("GET", "/admin/catalogues/import"): P.PUBLISH_CATALOGUES,
    ("POST", "/admin/catalogues/import"): P.PUBLISH_CATALOGUES,
}
TABLE |= {
    ("GET", "/rosters/new"): P.SUBMIT_ROSTER,
    ("POST", "/rosters/new"): P.SUBMIT_ROSTER,
    ("GET", "/rosters/template.xlsx"): P.SUBMIT_ROSTER,
    ("GET", "/rosters/template.csv"): P.SUBMIT_ROSTER,
    ("GET", "/confirm"): P.PUBLIC,
    ("POST", "/confirm"): P.PUBLIC,
    ("POST", "/confirm/answer"): P.PUBLIC,
    ("GET", "/teach/classes/{class_id}/confirm"): P.RUN_SESSION,
    ("POST", "/teach/classes/{class_id}/confirm"): P.RUN_SESSION,
}
TABLE |= {
    ("GET", "/files/archive-export.json"): P.SEE_OWN_ARCHIVE,
    ("GET", "/me/import"): P.SEE_OWN_ARCHIVE,
    ("POST", "/me/import"): P.SEE_OWN_ARCHIVE,
    ("GET", "/me/import/{import_id}"): P.SEE_OWN_ARCHIVE,
    ("POST", "/me/import/{import_id}"): P.SEE_OWN_ARCHIVE,
    ("GET", "/admin/portals/new"): P.KEEP_ISSUERS,
    ("POST", "/admin/portals/new"): P.KEEP_ISSUERS,
    ("POST", "/admin/portals/new/confirm"): P.KEEP_ISSUERS,
}
TABLE |= {
    ("GET", "/files/data.json"): P.SIGNED_IN,
    ("GET", "/admin/facts/import"): P.VERIFY_FACTS,
    ("POST", "/admin/facts/import"): P.VERIFY_FACTS,
    ("GET", "/admin/facts/import/template.csv"): P.VERIFY_FACTS,
}
TABLE |= {
    ("GET", "/me/claims/{line_id}"): P.ENROL,
    ("POST", "/me/claims/{line_id}"): P.ENROL,
    ("GET", "/public-notices"): P.PUBLIC,
    ("GET", "/help/new"): P.HELP_OTHERS,
    ("POST", "/help/new"): P.HELP_OTHERS,
    ("GET", "/help/paper"): P.PUBLIC,
    ("GET", "/help/people/{mandate_id}"): P.HELP_OTHERS,
    ("POST", "/help/people/{mandate_id}/code"): P.HELP_OTHERS,
    ("POST", "/help/people/{mandate_id}/end"): P.HELP_OTHERS,
    ("GET", "/help/people/{mandate_id}/paper"): P.HELP_OTHERS,
    ("GET", "/help/people/{mandate_id}/classes"): P.HELP_OTHERS,
    ("GET", "/help/people/{mandate_id}/classes/{class_id}"): P.HELP_OTHERS,
    ("POST", "/help/people/{mandate_id}/classes/{class_id}"): P.HELP_OTHERS,
    ("GET", "/help/people/{mandate_id}/classes/{class_id}/paper"): P.HELP_OTHERS,
    ("GET", "/help/people/{mandate_id}/seats/{enrolment_id}"): P.HELP_OTHERS,
    ("POST", "/help/people/{mandate_id}/seats/{enrolment_id}"): P.HELP_OTHERS,
    ("GET", "/help/people/{mandate_id}/facts"): P.HELP_OTHERS,
    ("POST", "/help/people/{mandate_id}/facts"): P.HELP_OTHERS,
    ("POST", "/help/people/{mandate_id}/claims/{line_id}"): P.HELP_OTHERS,
    ("GET", "/help/people/{mandate_id}/needs/new"): P.HELP_OTHERS,
    ("POST", "/help/people/{mandate_id}/needs/new"): P.HELP_OTHERS,
    ("POST", "/help/people/{mandate_id}/needs/{need_id}/withdraw"): P.HELP_OTHERS,
    ("GET", "/needs/new"): P.ENROL,
    ("POST", "/needs/new"): P.ENROL,
    ("GET", "/files/needs.csv"): P.SUPERVISE,
}
TABLE |= {
    ("GET", "/complaints"): P.PUBLIC,
    ("POST", "/complaints/new"): P.PUBLIC,
    ("POST", "/complaints/open"): P.PUBLIC,
    ("GET", "/complaints/{receipt}"): P.PUBLIC,
    ("POST", "/complaints/{receipt}"): P.PUBLIC,
    ("GET", "/admin/complaints/{complaint_id}/photo"): P.HANDLE_CASES,
}
TABLE |= {
    ("GET", "/me/pass"): P.PUBLIC,
    ("POST", "/me/pass/key"): P.CHECK_IN,
    ("GET", "/me/pass/now"): P.CHECK_IN,
    ("GET", "/me/pass/time"): P.PUBLIC,
    ("POST", "/me/pass/renew"): P.CHECK_IN,
    ("GET", "/p/{token}"): P.PUBLIC,
    ("GET", "/teach/sessions/{session_id}/scan"): P.RUN_SESSION,
    ("POST", "/teach/sessions/{session_id}/scan"): P.RUN_SESSION,
    ("POST", "/teach/sessions/{session_id}/scan.json"): P.RUN_SESSION,
    ("GET", "/teach/classes/{class_id}/sheets"): P.RUN_SESSION,
    ("POST", "/teach/classes/{class_id}/sheets"): P.RUN_SESSION,
    ("GET", "/checkin/for"): P.HELP_OTHERS,
    ("POST", "/checkin/for"): P.HELP_OTHERS,
}
TABLE |= {
    ("GET", "/files/data.zip"): P.SIGNED_IN,
    ("GET", "/me/close"): P.SIGNED_IN,
    ("POST", "/me/close"): P.SIGNED_IN,
}
TABLE |= {
    ("GET", "/teach/offline"): P.RUN_SESSION,
    ("GET", "/teach/offline/kit.json"): P.RUN_SESSION,
    ("POST", "/teach/offline/upload"): P.RUN_SESSION,
    ("POST", "/checkin/kept"): P.CHECK_IN,
    ("GET", "/checkin/offline"): P.PUBLIC,
    ("GET", "/no-link"): P.PUBLIC,
}
TABLE |= {
    ("GET", "/me/shares/new"): P.SEE_OWN_ARCHIVE,
    ("POST", "/me/shares/new"): P.SEE_OWN_ARCHIVE,
    ("GET", "/me/shares/{link_id}"): P.SEE_OWN_ARCHIVE,
    ("GET", "/s/{token}"): P.PUBLIC,
    ("POST", "/s/{token}"): P.PUBLIC,
    ("GET", "/s/{token}.json"): P.PUBLIC,
    ("POST", "/s/{token}.json"): P.PUBLIC,
}
TABLE |= {
    ("GET", "/me/external/new"): P.SEE_OWN_ARCHIVE,
    ("POST", "/me/external/new"): P.SEE_OWN_ARCHIVE,
    ("GET", "/me/external/{external_id}/picture"): P.SEE_OWN_ARCHIVE,
    ("GET", "/admin/external/{external_id}/picture"): P.ISSUE_CERTIFICATES,
    ("GET", "/me/photo"): P.SEE_OWN_ARCHIVE,
    ("POST", "/me/photo"): P.SEE_OWN_ARCHIVE,
    ("GET", "/me/photo/picture"): P.SEE_OWN_ARCHIVE,
    ("POST", "/me/photo/delete"): P.SEE_OWN_ARCHIVE,
    ("GET", "/admin/issuers/{issuer_id}/seal"): P.KEEP_ISSUERS,
    ("POST", "/admin/issuers/{issuer_id}/seal"): P.KEEP_ISSUERS,
    ("GET", "/admin/issuers/{issuer_id}/seal.png"): P.KEEP_ISSUERS,
    ("GET", "/admin/certificates/{draft_id}/preview.png"): P.ISSUE_CERTIFICATES,
}
TABLE |= {("POST", "/admin/audit/export"): P.READ_AUDIT}
BODIES = {
    "/api/v1/session": {"login": "13900000001", "password": "x"},
    "/api/v1/enrolments": {"class_id": str(uuid4())},
    "/api/v1/enrolments/{enrolment_id}/offer": {"accept": True},
    "/api/v1/checkins": {"code": "123456"},
}
BODIES |= {"/teach/offline/upload": {"items": []}, "/checkin/kept": {"scans": []}}
BODIES["/teach/sessions/{session_id}/scan.json"] = {"text": "123456"}
FORMS = {"/enrol/{class_id}": {"version": current().version, "agreed": "1"}}
FORMS["/teach/classes/{class_id}/confirm"] = {"enrolment": str(uuid4()), "present": "1"}
# The portal's own background work never comes by HTTP.
ROLES = [role for role in Role if role is not Role.SYSTEM]


def routes() -> list[APIRoute]:
    found: list[APIRoute] = []
    stack = list(make_api().routes)
    while stack:
        route = stack.pop()
        if isinstance(route, APIRoute):
            found.append(route)
        else:
            included = getattr(route, "original_router", None)
            stack.extend(included.routes if included else [])
    return found


def test_every_route_stands_in_the_table_with_what_it_declares() -> None:
    declared = {
        (method, route.path): required_permission(route.endpoint)
        for route in routes()
        for method in route.methods
    }
    assert declared == TABLE


@pytest.fixture(scope="module")
def tokens(engine: Engine) -> dict[Role, str | None]:
    found: dict[Role, str | None] = {Role.ANONYMOUS: None}
    with Session(engine) as session, session.begin():
        institution = make_institution(session)
        for role in ROLES:
            if role is Role.ANONYMOUS:
                continue
            teaches = role in (Role.INSTRUCTOR, Role.MANAGER)
            account = make_account(session, role, institution=institution if teaches else None)
            found[role] = log_in(session, account)
    return found


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), [key for key, p in TABLE.items() if p is not P.PUBLIC])
def test_a_guarded_route_refuses_every_role_without_the_grant(
    client: TestClient, tokens: dict[Role, str | None], role: Role, method: str, path: str
) -> None:
    url = path
    for name in re.findall(r"{(\w+_id)}", path):
        url = url.replace("{" + name + "}", str(uuid4()))
    url = url.replace("{extension}", "pdf").replace("{number}", "PX1")
    token = tokens[role]
    cookies = {LOGIN_COOKIE: token} if token else {}
    client.cookies.clear()
    client.cookies.update(cookies)
    form = FORMS.get(path) if method == "POST" else None
    answer = client.request(method, url, json=BODIES.get(path), data=form)
    granted = TABLE[method, path] in GRANTS[role]
    if token is None:
        assert answer.status_code in (401, 303)
    elif granted:
        assert answer.status_code not in (401, 303, 500)
    else:
        assert answer.status_code in (403, 303)
