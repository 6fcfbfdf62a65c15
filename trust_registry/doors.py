"""Where each role has its work, and how it is called on pages."""

from typing import Final

from runtime.auth import Role
from runtime.i18n import gettext_noop

ACCOUNT_PATH: Final = "/account"
STAFF_PATH: Final = "/account/staff"

# A role whose desk is not built yet lands at its own account, where nothing but itself is shown.
DOORS: Final = {
    Role.CLERK: "/issuer",
    Role.HEALTH_CLERK: "/issuer",
    Role.CENTRE_APPROVER: "/issuer",
    Role.CENTRE_ADMIN: STAFF_PATH,
    Role.REGISTRAR: "/trust/registrar",
    Role.FRAUD_OFFICER: "/revocation",
    Role.SECOND_OFFICER: "/trust/registrar/waiting",
    Role.AUDITOR: "/trust/audit",
    Role.OBSERVER: "/issuer/national",
    Role.OPERATOR: ACCOUNT_PATH,
    Role.ASSISTED_OFFICER: "/wallet/kiosk",
    Role.PROTECTION_OFFICER: "/issuer/protection",
    Role.VERIFIER_ADMIN: "/verify",
    Role.VERIFIER_MEMBER: "/verify",
    Role.RECRUITER: "/verify",
    Role.RETURNEE: "/wallet",
}
PICTURES: Final = {
    Role.CLERK: "clerk",
    Role.HEALTH_CLERK: "clerk",
    Role.CENTRE_APPROVER: "clerk",
    Role.CENTRE_ADMIN: "clerk",
    Role.REGISTRAR: "registrar",
    Role.FRAUD_OFFICER: "officer",
    Role.SECOND_OFFICER: "officer",
    Role.AUDITOR: "registrar",
    Role.OBSERVER: "registrar",
    Role.OPERATOR: "officer",
    Role.ASSISTED_OFFICER: "person",
    Role.PROTECTION_OFFICER: "officer",
    Role.VERIFIER_ADMIN: "recruiter",
    Role.VERIFIER_MEMBER: "recruiter",
    Role.RECRUITER: "recruiter",
    Role.RETURNEE: "returnee",
}
ROLE_NAMES: Final = {
    Role.CLERK: gettext_noop("Training centre clerk"),
    Role.HEALTH_CLERK: gettext_noop("Labour medicine clerk"),
    Role.CENTRE_APPROVER: gettext_noop("Training centre approver"),
    Role.CENTRE_ADMIN: gettext_noop("Training centre administrator"),
    Role.REGISTRAR: gettext_noop("Registrar"),
    Role.FRAUD_OFFICER: gettext_noop("Fraud officer"),
    Role.SECOND_OFFICER: gettext_noop("Second officer"),
    Role.AUDITOR: gettext_noop("Auditor"),
    Role.OBSERVER: gettext_noop("Observer (figures only)"),
    Role.OPERATOR: gettext_noop("Operator"),
    Role.ASSISTED_OFFICER: gettext_noop("Assisted-service officer"),
    Role.PROTECTION_OFFICER: gettext_noop("Protection officer"),
    Role.VERIFIER_ADMIN: gettext_noop("Verifier administrator"),
    Role.VERIFIER_MEMBER: gettext_noop("Verifier staff"),
    Role.RECRUITER: gettext_noop("Recruiter"),
    Role.RETURNEE: gettext_noop("Returnee"),
}
