"""What a list lacks is a *no* only where the list is not older than the signature."""

from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from tests.simulator import CENTRE_DID, IssuerWorld
from tests.unit.vc.trust.test_entitled_through_time import AWARD, trust_list
from vc.model.verdict import Answer, Reason
from vc.trust.entitled import Judgement, is_newer_than, judge_absence, judge_entitled, judge_key

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
SKEW = timedelta(minutes=5)
LISTED = trust_list()
ISSUER = LISTED.issuers[CENTRE_DID]
KEY = IssuerWorld().centre.public_key.multikey
STRANGER = "did:web:stranger.example.com"
ABSENT = {
    Reason.KEY_NOT_ISSUERS,
    Reason.ISSUER_UNKNOWN,
    Reason.TYPE_NOT_ACCREDITED,
    Reason.QUALIFICATION_NOT_ACCREDITED,
    Reason.LEVEL_NOT_ACCREDITED,
}

# Around now by seconds, and by days: both sides of every border.
_moments = st.one_of(
    st.integers(-400, 400).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.integers(-300, 30).map(lambda days: NOW + timedelta(days=days)),
)
_got = _moments.filter(lambda moment: moment <= NOW + SKEW)


def is_newer(created: datetime, as_of: datetime) -> bool:
    return is_newer_than(created, as_of, now=NOW, skew=SKEW)


def assert_honest(judged: Judgement, created: datetime, as_of: datetime, *, is_present: bool) -> None:
    """Yes only of what is present, no only by a list that is not older or of what is not believed."""
    assert (judged.answer is Answer.YES) is is_present
    if not is_present:
        is_believed = created <= NOW + SKEW
        is_older = as_of < NOW and as_of < created + SKEW
        expected = Answer.COULD_NOT_CHECK if is_believed and is_older else Answer.NO
        assert judged.answer is expected


@given(_moments, _got, st.booleans())
def test_a_key_is_refused_only_by_a_list_that_is_not_older(
    created: datetime, as_of: datetime, is_present: bool
) -> None:
    key = KEY if is_present else "z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    judged = judge_key(ISSUER, key, created, is_newer=is_newer(created, as_of))
    assert_honest(judged, created, as_of, is_present=is_present)


@given(_moments, _got, st.booleans())
def test_an_issuer_is_refused_only_by_a_list_that_is_not_older(
    created: datetime, as_of: datetime, is_present: bool
) -> None:
    did = CENTRE_DID if is_present else STRANGER
    newer = is_newer(created, as_of)
    judged = judge_entitled(LISTED, did, AWARD, created, refuse_demo=False, is_newer=newer)
    assert_honest(judged, created, as_of, is_present=is_present)


@given(_moments, _got)
def test_a_list_got_now_is_older_than_nothing(created: datetime, as_of: datetime) -> None:
    """A forger who writes "now" or later gains nothing where the list is asked for anew."""
    assume(as_of >= NOW)
    assert not is_newer(created, as_of)


@given(_got)
def test_what_does_not_say_when_it_was_signed_has_no_excuse(as_of: datetime) -> None:
    assert not is_newer_than(None, as_of, now=NOW, skew=SKEW)


@given(st.sampled_from(Reason))
def test_only_what_a_list_lacks_may_have_come_since(reason: Reason) -> None:
    judged = judge_absence(reason, is_newer=True)
    assert (judged.answer is Answer.COULD_NOT_CHECK) is (reason in ABSENT)
    assert judge_absence(reason, is_newer=False) == Judgement(answer=Answer.NO, reason=reason)
