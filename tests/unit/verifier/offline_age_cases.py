"""Situations in which the lists at hand are older than the card, or lack what they should have."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.simulator import (
    CENTRE_DID,
    CENTRE_URL,
    TRUST_LIST_URL,
    IssuerWorld,
    did_key_signer,
    signer_for,
)
from tests.unit.vc.card.cards import card, issue, sealed
from tests.unit.verifier.offline_case import GOOD, Case, case_of, expect, not_authentic, not_entitled
from vc.card.claims import Card, write_claims

HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
_UNLISTED = not_authentic("?keyUnavailable", "-issuerUnknown")
_UNLISTED_YET = not_authentic("?keyUnavailable", "?issuerNewerThanList")


def _got(case: Case, before: timedelta) -> Case:
    """``case`` with everything got ``before`` its present."""
    return replace(case, got_at=case.world.now - before)


def _signed(world: IssuerWorld, ahead: timedelta = timedelta()) -> Card:
    """A card that says it was issued now, or so much later."""
    issued_at = world.now + ahead
    return card(world, issued_at=issued_at, expires_at=issued_at + timedelta(days=1826))


def _by_a_stranger(*, got_before: timedelta, ahead: timedelta = timedelta()) -> Case:
    """A card by a key of no list, an hour after the list was issued; all was got so long before now."""
    world = IssuerWorld()
    world.clock.advance(HOUR)
    text = issue(world, _signed(world, ahead), signer=did_key_signer("stranger")[1])
    return _got(case_of(world, text), got_before)


@expect(_UNLISTED_YET)
def listed_since_a_second() -> Case:
    return _by_a_stranger(got_before=SECOND)


@expect(_UNLISTED)
def unknown_to_lists_got_in_the_second_of_signing() -> Case:
    return _by_a_stranger(got_before=timedelta())


@expect(_UNLISTED)
def unknown_to_lists_got_a_second_after_signing() -> Case:
    return _by_a_stranger(got_before=timedelta(), ahead=-SECOND)


@expect(_UNLISTED)
def unknown_and_signed_a_little_ahead_of_the_clock() -> Case:
    """It is at hand, and so it was signed before the lists were got."""
    return _by_a_stranger(got_before=timedelta(), ahead=timedelta(seconds=300))


@expect(_UNLISTED_YET)
def listed_since_and_signed_a_little_ahead_of_the_clock() -> Case:
    return _by_a_stranger(got_before=SECOND, ahead=timedelta(seconds=300))


def _signed_before_the_lists_were_got(seconds: int) -> Case:
    return _by_a_stranger(got_before=HOUR, ahead=-HOUR - timedelta(seconds=seconds))


@expect(_UNLISTED_YET)
def listed_since_by_a_clock_that_is_behind() -> Case:
    return _signed_before_the_lists_were_got(299)


@expect(_UNLISTED)
def unknown_whatever_clock_it_was_signed_by() -> Case:
    return _signed_before_the_lists_were_got(300)


@expect(_UNLISTED)
def unknown_and_signed_in_the_future() -> Case:
    return _by_a_stranger(got_before=HOUR, ahead=timedelta(seconds=301))


@expect(_UNLISTED)
def unknown_to_a_list_issued_after_signing() -> Case:
    """By a clock that is behind, the list was got before it was issued: it is whole as of its issue."""
    world = IssuerWorld()
    text = issue(world, _signed(world, -SECOND), signer=did_key_signer("stranger")[1])
    return _got(case_of(world, text), HOUR)


@expect(_UNLISTED_YET)
def key_rotated_in_since() -> Case:
    world = IssuerWorld()
    before = dict(world.documents)
    world.clock.advance(HOUR)
    world.rotate_issuer_key()
    text = issue(world, _signed(world))
    world.documents.update(before)
    return _got(case_of(world, text), HOUR)


@expect(GOOD)
def key_rotated_in_and_the_lists_got_again() -> Case:
    world = IssuerWorld()
    world.clock.advance(HOUR)
    world.rotate_issuer_key()
    return case_of(world, issue(world, _signed(world)))


def _key_of_the_list_alone(*, got_before: timedelta) -> Case:
    """The key stands on the trust list, and not in the DID document at hand."""
    world = IssuerWorld()
    before = world.documents[CENTRE_URL]
    world.rotate_issuer_key()
    world.documents[CENTRE_URL] = before
    world.clock.advance(HOUR)
    return _got(case_of(world, issue(world, _signed(world))), got_before)


@expect(not_authentic("?keyNewerThanList"))
def key_in_the_did_document_since() -> Case:
    return _key_of_the_list_alone(got_before=SECOND)


@expect(not_authentic("-keyNotIssuers"))
def key_in_no_did_document_of_now() -> Case:
    return _key_of_the_list_alone(got_before=timedelta())


def _entry(**members: Any) -> Case:
    """A card of now, and the centre's entry on a list that was got an hour before."""
    world = IssuerWorld()
    entries: list[Any] = world.trust_entries()
    entries[0] |= members
    world.publish_trust_list(issuers=entries)
    world.clock.advance(HOUR)
    return _got(case_of(world, issue(world, _signed(world))), HOUR)


def _accredited(**members: Any) -> Case:
    entries: list[Any] = IssuerWorld().trust_entries(**members)
    return _entry(accreditations=entries[0]["accreditations"])


@expect("undetermined +proofValid ?issuerNewerThanList ?notReached ?identityNotChecked")
def made_an_issuer_since() -> Case:
    return _entry(roles=["verifier"])


_ACCREDITED_SINCE = "undetermined +proofValid ?accreditationNewerThanList +notRevoked ?identityNotChecked"


@expect(_ACCREDITED_SINCE)
def accredited_for_the_type_since() -> Case:
    return _accredited(credentialTypes=["RPLCertificate"])


@expect(_ACCREDITED_SINCE)
def accredited_for_the_qualification_since() -> Case:
    return _accredited(qualificationCodes=["CON-BRL-1"])


@expect(_ACCREDITED_SINCE)
def accredited_for_the_level_since() -> Case:
    return _accredited(cqfLevels=[2])


@expect(not_entitled("issuerSuspended"))
def suspended_says_a_list_older_than_the_card() -> Case:
    return _accredited(suspensions=[{"from": "2026-11-01T00:00:00Z"}])


@expect(not_entitled("accreditationWithdrawn"))
def withdrawn_says_a_list_older_than_the_card() -> Case:
    return _accredited(withdrawn={"from": "2026-11-01T00:00:00Z", "earlierStand": True})


@expect(not_entitled("dateNotAccredited"))
def ended_says_a_list_older_than_the_card() -> Case:
    return _accredited(validUntil="2026-11-01T00:00:00Z")


@expect(not_authentic("-keyRetired"))
def retired_says_a_list_older_than_the_card() -> Case:
    world = IssuerWorld()
    old = world.centre
    world.rotate_issuer_key()
    world.clock.advance(HOUR)
    return _got(case_of(world, issue(world, _signed(world), signer=old)), HOUR)


@expect(not_authentic("-keyCompromised", "-keyCompromised"))
def stolen_says_a_list_older_than_the_card() -> Case:
    world = IssuerWorld()
    world.centre_keys[0] = replace(world.centre_keys[0], compromised_since=world.now)
    world.publish_trust_list()
    world.clock.advance(HOUR)
    return _got(case_of(world, issue(world, _signed(world))), HOUR)


@expect(not_authentic("-proofInvalid"))
def forged_under_the_centres_key_name_after_the_lists() -> Case:
    world = IssuerWorld()
    world.clock.advance(HOUR)
    thief = signer_for("thief", CENTRE_DID)
    return _got(case_of(world, sealed(world, write_claims(_signed(world)), signer=thief)), HOUR)


@expect("rejected +proofValid -issuerDemo ?notReached ?identityNotChecked")
def demo_issuer_says_a_list_older_than_the_card() -> Case:
    world = IssuerWorld()
    world.clock.advance(HOUR)
    text = issue(world, _signed(world))
    return _got(case_of(world, text, policy=world.production_policy()), HOUR)


@expect("undetermined ?keyUnavailable ?trustListUnavailable ?notReached ?identityNotChecked")
def no_list_at_all_and_a_card_of_now() -> Case:
    world = IssuerWorld()
    world.clock.advance(HOUR)
    return _got(case_of(world, issue(world, _signed(world)), TRUST_LIST_URL), HOUR)
