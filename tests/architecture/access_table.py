"""Who may use which route: one row each. A route without a row fails the walk over all of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from runtime.auth import STAFF, Role

SERVICES = frozenset({"trust_registry", "issuer", "revocation", "verifier", "wallet_api", "passport"})
PERSONS = frozenset(Role) - {Role.SERVICE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """Roles and services that are let in; everybody else is refused. ``open``: nobody is refused."""

    roles: frozenset[Role] = frozenset()
    services: frozenset[str] = frozenset()
    open: bool = False


ANYONE = Rule(open=True)
SIGNED_IN = Rule(roles=PERSONS)
STAFF_ONLY = Rule(roles=STAFF)
# Open only in the middle of a sign-in, which none of the walkers is.
HALF_SIGNED_IN = Rule()
CLERK = Rule(roles=frozenset({Role.CLERK, Role.HEALTH_CLERK}))
# No cards of health certificates are made.
CARD_CLERK = Rule(roles=frozenset({Role.CLERK}))
DESK_STAFF = Rule(roles=frozenset({Role.CLERK, Role.HEALTH_CLERK, Role.CENTRE_APPROVER}))
CENTRE_APPROVER = Rule(roles=frozenset({Role.CENTRE_APPROVER, Role.HEALTH_CLERK}))
READER = Rule(roles=frozenset({Role.CLERK, Role.HEALTH_CLERK, Role.RETURNEE}))
MANAGER = Rule(roles=frozenset({Role.REGISTRAR, Role.CENTRE_ADMIN, Role.VERIFIER_ADMIN}))
OF_CENTRE = Rule(roles=frozenset({Role.CLERK, Role.CENTRE_APPROVER}))
PROTECTION_OFFICER = Rule(roles=frozenset({Role.PROTECTION_OFFICER}))
REGISTRAR = Rule(roles=frozenset({Role.REGISTRAR}))
TWO_OFFICERS = Rule(roles=frozenset({Role.REGISTRAR, Role.SECOND_OFFICER}))
AUDITOR = Rule(roles=frozenset({Role.AUDITOR}))
CENTRE_ADMIN = Rule(roles=frozenset({Role.CENTRE_ADMIN}))
OFFICER = Rule(roles=frozenset({Role.FRAUD_OFFICER}))
OFFICER_OR_SERVICE = Rule(roles=frozenset({Role.FRAUD_OFFICER}), services=SERVICES)
RETURNEE = Rule(roles=frozenset({Role.RETURNEE}))
VERIFIER_ADMIN = Rule(roles=frozenset({Role.VERIFIER_ADMIN}))
VERIFIER_STAFF = Rule(roles=frozenset({Role.VERIFIER_ADMIN, Role.VERIFIER_MEMBER}))
ANY_SERVICE = Rule(services=SERVICES)


def only(*services: str) -> Rule:
    """These services and nobody else."""
    return Rule(services=frozenset(services))


TABLE: Mapping[str, Rule] = {
    "GET /": ANYONE,
    "GET /health": ANYONE,
    "GET /problems": ANYONE,
    "GET /contexts/passport/v1": ANYONE,
    "GET /contexts/types/{name}/v1": ANYONE,
    "GET /demo/samples/{kind}-{lang}.{extension}": ANYONE,
    "GET /trust": ANYONE,
    "GET /trust/list": ANYONE,
    "GET /trust/did.json": ANYONE,
    "GET /trust/root": ANYONE,
    "GET /trust/digests/{set_id}/{part}": ANYONE,
    "GET /trust/audit/did.json": ANYONE,
    "GET /trust/checkpoints/latest": ANYONE,
    "GET /trust/checkpoints/{number}": ANYONE,
    "GET /trust/api/audit/head": only("trust_registry"),
    "GET /trust/api/audit/entries": only("trust_registry"),
    "GET /trust/audit": AUDITOR,
    "GET /trust/agencies": ANYONE,
    "GET /trust/agencies/{number}": ANYONE,
    "GET /trust/agencies/{number}/poster": ANYONE,
    "GET /trust/apply": ANYONE,
    "GET /trust/apply/answer": ANYONE,
    "POST /trust/apply/answer": ANYONE,
    "POST /trust/apply/answer/more": ANYONE,
    "GET /trust/apply/{kind}": ANYONE,
    "POST /trust/apply/{kind}": ANYONE,
    "GET /trust/api/session-keys": ANYONE,
    "POST /trust/api/sessions": ANY_SERVICE,
    "POST /trust/api/issuer-keys": only("issuer", "revocation"),
    "GET /trust/registrar": REGISTRAR,
    "POST /trust/registrar/accreditations": REGISTRAR,
    "GET /trust/registrar/accreditations/{number}": REGISTRAR,
    "GET /trust/registrar/accreditations/{number}/suspend": REGISTRAR,
    "POST /trust/registrar/accreditations/{number}/suspend": REGISTRAR,
    "POST /trust/registrar/accreditations/{number}/lift": REGISTRAR,
    "GET /trust/registrar/accreditations/{number}/withdraw": REGISTRAR,
    "POST /trust/registrar/accreditations/{number}/withdraw": REGISTRAR,
    "GET /trust/registrar/waiting": TWO_OFFICERS,
    "POST /trust/registrar/waiting/{proposal}/{decision}": TWO_OFFICERS,
    "GET /trust/registrar/keys": TWO_OFFICERS,
    "GET /trust/registrar/keys/{key}": TWO_OFFICERS,
    "POST /trust/registrar/keys/{key}": REGISTRAR,
    "GET /trust/registrar/licences": REGISTRAR,
    "POST /trust/registrar/licences": REGISTRAR,
    "GET /trust/registrar/licences/{number}": REGISTRAR,
    "POST /trust/registrar/licences/{number}/organisation": REGISTRAR,
    "POST /trust/registrar/licences/{number}/{decision}": REGISTRAR,
    "GET /trust/registrar/applications": REGISTRAR,
    "GET /trust/registrar/applications/{number}": REGISTRAR,
    "POST /trust/registrar/applications/{number}/answer": REGISTRAR,
    "POST /token": ANYONE,
    "GET /sign-in": ANYONE,
    "POST /sign-in": ANYONE,
    "POST /sign-out": ANYONE,
    "GET /sign-in/second-step": HALF_SIGNED_IN,
    "POST /sign-in/second-step": HALF_SIGNED_IN,
    "GET /sign-in/provider": ANYONE,
    "GET /sign-in/provider/callback": ANYONE,
    "GET /sign-in/provider/done": ANYONE,
    "POST /account/provider": STAFF_ONLY,
    "POST /account/provider/unlink": SIGNED_IN,
    "GET /account": SIGNED_IN,
    "GET /account/staff": MANAGER,
    "POST /account/staff": MANAGER,
    "POST /account/staff/{username}/invite": MANAGER,
    "POST /account/staff/{username}/switch-off": MANAGER,
    "POST /account/staff/{username}/reset-second-step": MANAGER,
    "POST /account/staff/{username}/unlink-provider": MANAGER,
    "POST /account/staff/{username}/identity": REGISTRAR,
    "GET /account/invitation/{token}": ANYONE,
    "POST /account/invitation/{token}": ANYONE,
    "POST /account/password": SIGNED_IN,
    "POST /account/sign-out-everywhere": SIGNED_IN,
    "GET /account/second-factor": SIGNED_IN,
    "POST /account/second-factor/app": SIGNED_IN,
    "POST /account/second-factor/app/code": SIGNED_IN,
    "POST /account/second-factor/passkey": SIGNED_IN,
    "POST /account/second-factor/passkey/answer": SIGNED_IN,
    "POST /revocation/api/entries": ANY_SERVICE,
    "POST /revocation/api/revocations": OFFICER_OR_SERVICE,
    "GET /revocation/api/changes": only("issuer"),
    "GET /revocation/api/credentials/{credential_id:path}": OFFICER_OR_SERVICE,
    "GET /status/lists/{list_id}/{part}": ANYONE,
    "GET /status/suspensions/{list_id}/{part}": ANYONE,
    "GET /status/tokens/{list_id}/{part}": ANYONE,
    "GET /status/notes/{list_id}": ANYONE,
    "GET /status/lists": ANYONE,
    "GET /revocation/api/ended": only("issuer"),
    "GET /revocation/api/audit/head": only("trust_registry"),
    "GET /revocation/api/audit/entries": only("trust_registry"),
    "GET /status/did.json": ANYONE,
    "POST /revocation/api/cases": OFFICER,
    "GET /revocation/api/cases/{case_id}": OFFICER,
    "POST /revocation/api/cases/{case_id}/suspend": OFFICER,
    "POST /revocation/api/cases/{case_id}/renew": OFFICER,
    "POST /revocation/api/cases/{case_id}/reinstate": OFFICER,
    "POST /revocation/api/cases/{case_id}/revoke": OFFICER,
    "POST /revocation/api/cases/{case_id}/agree": OFFICER,
    "POST /revocation/api/cases/{case_id}/stop": OFFICER,
    "POST /revocation/api/cases/{case_id}/close": OFFICER,
    "GET /revocation/api/held/{credential_id:path}": only("wallet_api"),
    "POST /revocation/api/appeals": only("wallet_api"),
    "GET /revocation/api/appeals": OFFICER,
    "GET /revocation/api/appeals/granted": only("issuer"),
    "POST /revocation/api/appeals/{appeal_id}/refuse": OFFICER,
    "POST /revocation/api/appeals/{appeal_id}/grant": OFFICER,
    "POST /revocation/api/appeals/{appeal_id}/agree": OFFICER,
    "POST /revocation/api/appeals/{appeal_id}/stop": OFFICER,
    "GET /revocation/appeals": OFFICER,
    "GET /revocation/appeals/{appeal_id}": OFFICER,
    "POST /revocation/appeals/{appeal_id}/refuse": OFFICER,
    "POST /revocation/appeals/{appeal_id}/grant": OFFICER,
    "POST /revocation/appeals/{appeal_id}/agree": OFFICER,
    "POST /revocation/appeals/{appeal_id}/stop": OFFICER,
    "GET /revocation/cases": OFFICER,
    "GET /revocation/cases/new": OFFICER,
    "POST /revocation/cases": OFFICER,
    "GET /revocation/cases/{case_id}": OFFICER,
    "POST /revocation/cases/{case_id}/{act}": OFFICER,
    "GET /revocation": OFFICER,
    "POST /revocation/confirm": OFFICER,
    "POST /revocation/revoke": OFFICER,
    "GET /revocation/done/{credential_id:path}": OFFICER,
    "POST /credentials/verify": ANYONE,
    "POST /cards/verify": ANYONE,
    "POST /presentations/verify": ANYONE,
    "GET /verify": ANYONE,
    "POST /verify": ANYONE,
    "GET /v/{token}": ANYONE,
    "GET /verify/keys": VERIFIER_STAFF,
    "POST /verify/keys": VERIFIER_ADMIN,
    "POST /verify/keys/{key_id}/revoke": VERIFIER_ADMIN,
    "GET /wallet/api/audit/head": only("trust_registry"),
    "GET /wallet/api/audit/entries": only("trust_registry"),
    "PUT /wallet/api/credentials/{credential_id}": only("issuer"),
    "GET /wallet": RETURNEE,
    "GET /wallet/credentials/{credential_id}": RETURNEE,
    "GET /wallet/credentials/{credential_id}/qr": RETURNEE,
    "GET /wallet/credentials/{credential_id}/file": RETURNEE,
    "GET /centres/{slug}/did.json": ANYONE,
    "POST /issuer/api/classes": CLERK,
    "GET /issuer/api/classes/{class_id}": DESK_STAFF,
    "POST /issuer/api/classes/{class_id}/submit": CLERK,
    "POST /issuer/api/classes/{class_id}/approve": CENTRE_APPROVER,
    "POST /issuer/api/classes/{class_id}/send-back": CENTRE_APPROVER,
    "POST /issuer/api/classes/{class_id}/work": CLERK,
    "POST /issuer/api/classes/{class_id}/unschedule": DESK_STAFF,
    "POST /issuer/classes/{class_id}/unschedule": DESK_STAFF,
    "POST /issuer/api/classes/{class_id}/cards": CARD_CLERK,
    "GET /issuer/api/classes/{class_id}/cards": CARD_CLERK,
    "POST /issuer/api/cards": CARD_CLERK,
    "POST /issuer/api/cards/{card_id}/reprint": CARD_CLERK,
    "GET /issuer/cards/{card_id}/card.png": CARD_CLERK,
    "GET /issuer/cards/{card_id}/card.pdf": CARD_CLERK,
    "POST /issuer/cards/{card_id}/reprint": CARD_CLERK,
    "GET /issuer/classes/{class_id}/cards.pdf": CARD_CLERK,
    "GET /issuer/classes/{class_id}/cards": CARD_CLERK,
    "POST /issuer/classes/{class_id}/cards": CARD_CLERK,
    "POST /issuer/api/classes/{class_id}/compare": CLERK,
    "POST /issuer/api/credentials": CLERK,
    "GET /issuer/api/audit/head": only("trust_registry"),
    "GET /issuer/api/audit/entries": only("trust_registry"),
    "GET /issuer/api/issuance-digests": only("trust_registry"),
    "GET /issuer/api/centres/{slug}/counts": only("trust_registry"),
    "GET /issuer/api/credentials/lookup": only("revocation"),
    "POST /issuer/api/credentials/suspected": only("revocation"),
    "GET /issuer/api/anomalies": only("revocation"),
    "GET /issuer/api/shared/{token}": only("verifier"),
    "GET /issuer/api/shared-by-code/{code}": only("verifier"),
    "POST /issuer/api/people/export": only("trust_registry"),
    "POST /issuer/api/people/erase": only("trust_registry"),
    "POST /wallet/api/people/export": only("trust_registry"),
    "POST /wallet/api/people/erase": only("trust_registry"),
    "GET /issuer": DESK_STAFF,
    "GET /issuer/classes/new": CLERK,
    "POST /issuer/classes": CLERK,
    "GET /issuer/classes/{class_id}": DESK_STAFF,
    "GET /issuer/classes/{class_id}/progress": DESK_STAFF,
    "POST /issuer/classes/{class_id}/submit": CLERK,
    "POST /issuer/classes/{class_id}/approve": CENTRE_APPROVER,
    "POST /issuer/classes/{class_id}/send-back": CENTRE_APPROVER,
    "POST /issuer/classes/{class_id}/work": CLERK,
    "POST /issuer/classes/{class_id}/compare": CLERK,
    "POST /issuer/classes/{class_id}/rows/{row}/person": CLERK,
    "GET /issuer/labour-database": OF_CENTRE,
    "POST /issuer/labour-database/cases/{case_id}": OF_CENTRE,
    "GET /issuer/protection": PROTECTION_OFFICER,
    "POST /issuer/protection/{case_id}": PROTECTION_OFFICER,
    "POST /issuer/classes/{class_id}/discard": CLERK,
    "GET /issuer/classes/{class_id}/errors.xlsx": CLERK,
    "GET /issuer/classes/{class_id}/certificates.zip": CLERK,
    "GET /issuer/credentials/{intent_id}": CLERK,
    "POST /issuer/credentials/{intent_id}/correct": CLERK,
    "POST /issuer/api/credentials/{intent_id}/correct": CLERK,
    "POST /issuer/classes/{class_id}/take-back": CLERK,
    "POST /issuer/classes/{class_id}/take-back/approve": CENTRE_APPROVER,
    "POST /issuer/classes/{class_id}/take-back/refuse": CENTRE_APPROVER,
    "POST /issuer/api/classes/{class_id}/take-back": CLERK,
    "POST /issuer/api/classes/{class_id}/take-back/approve": CENTRE_APPROVER,
    "POST /issuer/api/classes/{class_id}/take-back/refuse": CENTRE_APPROVER,
    "PUT /wallet/api/credentials/{credential_id}/taken-back": only("issuer"),
    "POST /issuer/api/reports/{credential_id}": only("wallet_api"),
    "GET /issuer/api/reports/{credential_id}": only("wallet_api"),
    "POST /issuer/classes/{class_id}/print": CLERK,
    "GET /issuer/classes/{class_id}/print-{part}.pdf": CLERK,
    "GET /issuer/ask/{kind}": CLERK,
    "POST /issuer/ask/{kind}": CLERK,
    "GET /issuer/reports": DESK_STAFF,
    "GET /issuer/certificates": DESK_STAFF,
    "GET /issuer/certificates.{extension}": DESK_STAFF,
    "GET /issuer/figures": DESK_STAFF,
    "GET /issuer/language-report": DESK_STAFF,
    "GET /issuer/language-report.csv": DESK_STAFF,
    "GET /issuer/api/certificates": DESK_STAFF,
    "GET /issuer/api/figures": DESK_STAFF,
    "POST /issuer/reports/{report_id}": CLERK,
    "POST /wallet/credentials/{credential_id}/report": RETURNEE,
    "POST /wallet/credentials/{credential_id}/appeal": RETURNEE,
    "GET /issuer/credentials/{intent_id}/credential.json": READER,
    "GET /issuer/credentials/{intent_id}/certificate.pdf": READER,
    "GET /issuer/forms/{kind}.{extension}": CLERK,
    "GET /issuer/keys": CENTRE_ADMIN,
    "GET /issuer/keys/replace": CENTRE_ADMIN,
    "POST /issuer/keys/replace": CENTRE_ADMIN,
    "GET /issuer/people": CLERK,
    "POST /issuer/people": CLERK,
}

# Routes with an id of somebody: who it is of, and somebody of the same role in another house.
TENANTS: Mapping[str, tuple[str, str]] = {
    "class_id": ("clerk-phka-trakuon", "clerk-trei-chhlonh"),
    "card_id": ("clerk-phka-trakuon", "clerk-trei-chhlonh"),
    "intent_id": ("clerk-phka-trakuon", "clerk-trei-chhlonh"),
    "username": ("clerk-trei-chhlonh", "admin-phka-trakuon"),
    "key_id": ("verifier-admin", "verifier-admin-2"),
    "credential_id": ("returnee-1", "returnee-2"),
}
