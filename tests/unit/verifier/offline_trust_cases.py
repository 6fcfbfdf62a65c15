"""Situations that lie in the root, in the trust list, or in what the issuer was accredited for."""

from datetime import timedelta
from typing import Any

import orjson

from tests.simulator import (
    TRUST_LIST_URL,
    TRUST_ROOT_URL,
    IssuerWorld,
    did_key_signer,
    signer_for,
)
from tests.unit.vc.card.cards import card, issue
from tests.unit.verifier.offline_case import (
    GOOD,
    Case,
    altered,
    case_of,
    expect,
    no_trust,
    not_authentic,
    not_entitled,
    seen_now,
)
from vc.encoding.strict_json import JsonValue


def _accredited(**accreditation: Any) -> Case:
    """A good card of a centre with this accreditation."""
    world = IssuerWorld()
    text = issue(world)
    world.publish_trust_list(issuers=world.trust_entries(**accreditation))
    return case_of(world, text)


@expect(not_entitled("typeNotAccredited"))
def type_not_accredited() -> Case:
    return _accredited(credentialTypes=["RPLCertificate"])


@expect(not_entitled("qualificationNotAccredited"))
def second_qualification_not_accredited() -> Case:
    return _accredited(qualificationCodes=["CON-BRL-1"])


@expect(GOOD)
def both_qualifications_accredited() -> Case:
    return _accredited(qualificationCodes=["CON-BRL-1", "HACCP"], cqfLevels=[1])


@expect(not_entitled("levelNotAccredited"))
def level_not_accredited() -> Case:
    return _accredited(cqfLevels=[2])


@expect(not_entitled("dateNotAccredited"))
def accreditation_ran_out() -> Case:
    return _accredited(validUntil="2026-11-01T00:00:00Z")


@expect(not_entitled("dateNotAccredited"))
def accreditation_began_later() -> Case:
    return _accredited(validFrom="2026-11-22T03:00:00Z")


@expect(not_entitled("issuerSuspended"))
def accreditation_suspended() -> Case:
    return _accredited(suspensions=[{"from": "2026-11-01T00:00:00Z"}])


@expect(GOOD)
def accreditation_suspended_and_lifted_before() -> Case:
    lifted = {"from": "2026-11-01T00:00:00Z", "until": "2026-11-10T00:00:00Z"}
    return _accredited(suspensions=[lifted])


@expect(not_entitled("accreditationWithdrawn"))
def accreditation_withdrawn_with_what_was_issued() -> Case:
    return _accredited(withdrawn={"from": "2026-11-22T02:30:00Z", "earlierStand": False})


@expect(GOOD)
def accreditation_withdrawn_for_what_comes() -> Case:
    return _accredited(withdrawn={"from": "2026-11-22T02:30:00Z", "earlierStand": True})


def _entries(change: str, value: JsonValue) -> Case:
    """A good card, with one member of the centre's entry set."""
    world = IssuerWorld()
    text = issue(world)
    entries: list[Any] = world.trust_entries()
    entries[0][change] = value
    world.publish_trust_list(issuers=entries)
    return case_of(world, text)


@expect(not_authentic("?keyUnavailable", "-issuerUnknown"))
def recognised_by_nobody() -> Case:
    return _entries("recognizedBy", "did:web:elsewhere.example")


@expect("rejected +proofValid -issuerUnknown ?notReached ?identityNotChecked")
def not_an_issuer_by_its_role() -> Case:
    return _entries("roles", ["verifier"])


@expect("rejected +proofValid -issuerDemo ?notReached ?identityNotChecked")
def demo_issuer_where_answers_are_relied_on() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world), policy=world.production_policy())


@expect(no_trust("trustListUnavailable"))
def trust_list_missing() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world), TRUST_LIST_URL)


@expect(no_trust("trustListUnavailable"))
def root_missing() -> Case:
    world = IssuerWorld()
    return case_of(world, issue(world), TRUST_ROOT_URL)


@expect(no_trust("trustListUnavailable"))
def trust_list_expired_this_second() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.publish_trust_list(valid_until=world.now)
    return case_of(world, text)


@expect(GOOD)
def trust_list_in_its_last_second() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.publish_trust_list(valid_until=world.now + timedelta(seconds=1))
    return case_of(world, text)


@expect(no_trust("trustListUnavailable"))
def trust_list_from_the_future() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.publish_trust_list(valid_from=world.now + timedelta(seconds=301))
    return case_of(world, text)


@expect(no_trust("trustListInvalid"))
def trust_list_signed_by_a_stranger() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.publish_trust_list(signer=did_key_signer("stranger")[1])
    return case_of(world, text)


@expect(no_trust("trustListInvalid"))
def trust_list_tampered() -> Case:
    return altered(
        IssuerWorld(), TRUST_LIST_URL, lambda body: body.replace(b"TrainingCertificate", b"HealthCheckStatus")
    )


@expect(no_trust("trustListInvalid"))
def trust_list_with_a_member_twice() -> Case:
    return altered(
        IssuerWorld(), TRUST_LIST_URL, lambda body: body.replace(b'"id":', b'"id":"urn:x","id":', 1)
    )


@expect(no_trust("trustListInvalid"))
def trust_list_with_a_member_of_prototypes() -> Case:
    return altered(IssuerWorld(), TRUST_LIST_URL, lambda body: b'{"__proto__":{"proof":{}},' + body[1:])


@expect(no_trust("trustListInvalid"))
def trust_list_of_two_proofs() -> Case:
    def double(body: bytes) -> bytes:
        document = orjson.loads(body)
        document["proof"] = [document["proof"], document["proof"]]
        return orjson.dumps(document)

    return altered(IssuerWorld(), TRUST_LIST_URL, double)


@expect(no_trust("trustListInvalid"))
def trust_list_of_another_address() -> Case:
    world = IssuerWorld()
    text = issue(world)
    other = f"{TRUST_LIST_URL}-2"
    policy = world.policy
    world.documents[other] = world.documents[TRUST_LIST_URL]
    return case_of(
        world,
        text,
        policy=type(policy)(
            trust_list_url=other,
            trust_root_url=policy.trust_root_url,
            trust_anchor=policy.trust_anchor,
            refuse_demo_issuers=False,
        ),
    )


@expect(no_trust("trustListRolledBack"))
def trust_list_older_than_one_seen() -> Case:
    world = IssuerWorld()
    text, before = issue(world), world.documents[TRUST_LIST_URL]
    world.publish_trust_list()
    seen = seen_now(world)
    world.documents[TRUST_LIST_URL] = before
    return case_of(world, text, seen=seen)


@expect(no_trust("trustListRolledBack"))
def another_trust_list_of_the_same_number() -> Case:
    world = IssuerWorld()
    text, seen = issue(world), seen_now(world)
    world.publish_trust_list(version=world.trust_list_version, valid_until=world.now + timedelta(hours=5))
    return case_of(world, text, seen=seen)


@expect(GOOD)
def newer_trust_list_than_one_seen() -> Case:
    world = IssuerWorld()
    text, seen = issue(world), seen_now(world)
    world.publish_trust_list()
    return case_of(world, text, seen=seen)


def _two_roots(world: IssuerWorld) -> None:
    world.publish_root()
    world.publish_trust_list()


@expect(GOOD)
def two_roots() -> Case:
    world = IssuerWorld()
    _two_roots(world)
    return case_of(world, issue(world))


@expect(no_trust("trustListInvalid"))
def root_chain_with_a_gap() -> Case:
    world = IssuerWorld()
    world.publish_root(world.sign_root(world.root_document(version=3), *world.root_keys[:2]))
    return case_of(world, issue(world))


@expect(no_trust("trustListInvalid"))
def root_signed_by_too_few() -> Case:
    world = IssuerWorld()
    world.publish_root(world.sign_root(world.root_document(), world.root_keys[0]))
    return case_of(world, issue(world))


@expect(no_trust("trustListInvalid"))
def root_signed_twice_by_one_key() -> Case:
    world = IssuerWorld()
    world.publish_root(world.sign_root(world.root_document(), world.root_keys[0], world.root_keys[0]))
    return case_of(world, issue(world))


@expect(no_trust("trustListInvalid"))
def root_signed_by_others() -> Case:
    world = IssuerWorld()
    others = [did_key_signer(f"other {number}")[1] for number in (1, 2)]
    world.roots.clear()
    world.publish_root(world.sign_root(world.root_document(keys=others), *others))
    world.publish_trust_list()
    return case_of(world, issue(world))


@expect(GOOD)
def root_with_other_keys_handed_over_rightly() -> Case:
    world = IssuerWorld()
    others = [did_key_signer(f"other {number}")[1] for number in (1, 2)]
    world.publish_root(world.sign_root(world.root_document(keys=others), *world.root_keys[:2], *others))
    world.publish_trust_list()
    return case_of(world, issue(world))


@expect(no_trust("trustListInvalid"))
def root_with_other_keys_that_only_they_signed() -> Case:
    world = IssuerWorld()
    others = [did_key_signer(f"other {number}")[1] for number in (1, 2)]
    world.publish_root(world.sign_root(world.root_document(keys=others), *others))
    world.publish_trust_list()
    return case_of(world, issue(world))


@expect(no_trust("trustListInvalid"))
def root_with_other_keys_that_did_not_sign() -> Case:
    world = IssuerWorld()
    others = [did_key_signer(f"other {number}")[1] for number in (1, 2)]
    world.publish_root(world.sign_root(world.root_document(keys=others), *world.root_keys[:2]))
    world.publish_trust_list()
    return case_of(world, issue(world))


@expect(no_trust("trustListRolledBack"))
def root_older_than_one_seen() -> Case:
    world = IssuerWorld()
    text = issue(world)
    before = dict(world.documents)
    _two_roots(world)
    seen = seen_now(world)
    world.documents.update(before)
    return case_of(world, text, seen=seen)


@expect(no_trust("trustListUnavailable"))
def root_out_of_its_time() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.roots.clear()
    world.publish_root(world.sign_root(world.root_document(valid_until=world.now), *world.root_keys[:2]))
    return case_of(world, text)


@expect(no_trust("trustListUnavailable"))
def trust_list_made_under_a_newer_root() -> Case:
    world = IssuerWorld()
    text = issue(world)
    world.publish_trust_list(root_version=2)
    return case_of(world, text)


@expect(no_trust("trustListInvalid"))
def list_key_ended_by_the_root() -> Case:
    world = IssuerWorld()
    ended: JsonValue = {
        "publicKeyMultibase": world.list_signer.public_key.multikey,
        "validFrom": "2026-01-01T00:00:00Z",
        "validUntil": "2026-11-22T02:00:00Z",
    }
    world.publish_root(world.sign_root(world.root_document(list_keys=[ended]), *world.root_keys[:2]))
    world.publish_trust_list()
    return case_of(world, issue(world))


@expect(GOOD)
def seen_list_of_a_key_that_was_ended_since() -> Case:
    """Whoever stole the old list key may have counted up to any number."""
    world = IssuerWorld()
    text = issue(world, card(world))
    world.publish_trust_list(version=900)
    seen = seen_now(world)
    world.list_signer = signer_for("list 2", world.policy.trust_anchor.did, "list-2")
    _two_roots(world)
    world.publish_trust_list(version=2)
    return case_of(world, text, seen=seen)
