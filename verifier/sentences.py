"""What is said to a person about every reason: one plain sentence, and what to do next.

The texts are English message identifiers; ``verifier/locale`` holds the other languages. A test
demands a sentence for every ``Reason``.
"""

from collections.abc import Mapping
from typing import Final

from runtime.i18n import gettext_noop
from vc.model.verdict import Reason
from vc.verify.one_person import OnePerson

_OLDER_COPY: Final = gettext_noop("Our copy of the lists is older than this certificate.")

SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.PROOF_VALID: gettext_noop("The signature is right, and nothing was changed since it was signed."),
    Reason.ISSUER_ACCREDITED: gettext_noop(
        "The issuer is on the trust list and was accredited for this when it signed."
    ),
    Reason.NOT_REVOKED: gettext_noop("It is not revoked, not suspended and not expired."),
    Reason.NO_STATUS_NAMED: gettext_noop(
        "It has not expired. The issuer keeps no list of revocations for it."
    ),
    Reason.KEY_BOUND: gettext_noop("The person presenting it proved to hold the key it was issued to."),
    Reason.REGISTRY_PHOTO_CONFIRMED: gettext_noop(
        "Somebody of the organisation named here compared the person with the photo that the labour database "
        "gave at that time, and says: it is this person."
    ),
    Reason.MALFORMED: gettext_noop("It is not written as a certificate must be."),
    Reason.PROOF_MISSING: gettext_noop("It carries no signature."),
    Reason.PROOF_INVALID: gettext_noop(
        "The signature does not fit: it was changed after signing, or never signed by this issuer."
    ),
    Reason.KEY_NOT_ISSUERS: gettext_noop("It was signed with a key that is not the issuer's."),
    Reason.KEY_RETIRED: gettext_noop("It was signed with a key that the issuer did not use at that time."),
    Reason.KEY_COMPROMISED: gettext_noop("It was signed with the issuer's key after that key was stolen."),
    Reason.ISSUER_UNKNOWN: gettext_noop("Whoever issued it is not on the trust list."),
    Reason.ISSUER_DEMO: gettext_noop(
        "It comes from a demonstration with invented names and certifies nothing."
    ),
    Reason.TYPE_NOT_ACCREDITED: gettext_noop(
        "The issuer is known, but was not accredited for this kind of certificate."
    ),
    Reason.QUALIFICATION_NOT_ACCREDITED: gettext_noop(
        "The issuer is known, but was not accredited for this qualification."
    ),
    Reason.LEVEL_NOT_ACCREDITED: gettext_noop("The issuer is known, but was not accredited for this level."),
    Reason.DATE_NOT_ACCREDITED: gettext_noop(
        "The issuer is known, but was not accredited on the day it signed."
    ),
    Reason.ISSUER_SUSPENDED: gettext_noop(
        "The issuer is known, but its accreditation was suspended on the day it signed."
    ),
    Reason.ACCREDITATION_WITHDRAWN: gettext_noop(
        "The issuer's accreditation for this was withdrawn, and it does not cover this certificate."
    ),
    Reason.REVOKED: gettext_noop("It was revoked and is no longer in force."),
    Reason.REPLACED: gettext_noop("It was replaced by a corrected certificate. Ask for that one."),
    Reason.CARD_REPLACED: gettext_noop("This card was replaced. Ask for the new one."),
    Reason.SUSPENDED: gettext_noop(
        "It is suspended: under review by the issuer, not a finding against this person."
    ),
    Reason.EXPIRED: gettext_noop("Its time has run out."),
    Reason.NOT_YET_VALID: gettext_noop("Its time has not begun yet."),
    Reason.HOLDER_MISMATCH: gettext_noop("It was issued to somebody else than the person presenting it."),
    Reason.PRESENTATION_PROOF_INVALID: gettext_noop(
        "The person presenting it did not rightly sign this presentation."
    ),
    Reason.REGISTRY_PHOTO_OF_ANOTHER: gettext_noop(
        "Somebody of the organisation named here compared the person with the photo that the labour database "
        "gave at that time, and says: it is somebody else."
    ),
    Reason.SUITE_UNKNOWN: gettext_noop("It is signed in a way that this service does not know."),
    Reason.KEY_UNAVAILABLE: gettext_noop("The issuer's keys could not be fetched."),
    Reason.KEY_HISTORY_UNCERTAIN: gettext_noop(
        "It cannot be told whether this was signed while the issuer's key was still safe."
    ),
    Reason.KEY_DIGESTS_UNAVAILABLE: gettext_noop(
        "The issuer's key was stolen later, and the record of what was signed before could not be read."
    ),
    Reason.KEY_NEWER_THAN_LIST: _OLDER_COPY,
    Reason.ISSUER_NEWER_THAN_LIST: _OLDER_COPY,
    Reason.ACCREDITATION_NEWER_THAN_LIST: _OLDER_COPY,
    Reason.TRUST_LIST_UNAVAILABLE: gettext_noop("The trust list could not be reached, or is out of date."),
    Reason.TRUST_LIST_INVALID: gettext_noop("What was received as the trust list is not rightly signed."),
    Reason.TRUST_LIST_ROLLED_BACK: gettext_noop(
        "What was received as the trust list is older than one seen before, or another one."
    ),
    Reason.STATUS_UNAVAILABLE: gettext_noop("The list of revocations could not be reached."),
    Reason.STATUS_INVALID: gettext_noop("What was received as the list of revocations is not right."),
    Reason.STATUS_STALE: gettext_noop("The list of revocations at hand is too old to rely on."),
    Reason.STATUS_TYPE_UNKNOWN: gettext_noop("It names a kind of status that this service does not know."),
    Reason.NOT_REACHED: gettext_noop("Not checked, since an earlier check did not pass."),
    Reason.IDENTITY_NOT_CHECKED: gettext_noop(
        "Nobody checked that the person before you is the one named. "
        "Compare the name with an identity document."
    ),
    Reason.REGISTRY_PHOTO_NOT_COMPARED: gettext_noop(
        "The person lets you see their photo from the labour database. Nobody has compared it with them yet."
    ),
    Reason.REGISTRY_PHOTO_UNCLEAR: gettext_noop(
        "Somebody of the organisation named here looked at the photo that the labour database gave at that "
        "time, and cannot tell whether it is this person."
    ),
    Reason.REGISTRY_HAS_NO_PHOTO: gettext_noop("The labour database has no photo that can be shown."),
    Reason.REGISTRY_NOT_REACHED: gettext_noop(
        "The labour database could not be reached for the photo. That says nothing against the person."
    ),
}

_CALL = gettext_noop("Do not rely on it. Call the hotline and say what you see here.")
_TRY_AGAIN = gettext_noop(
    "Try again in a few minutes. This says nothing against the certificate or the person."
)
_UPDATE = gettext_noop(
    "Update the lists and check again. This says nothing against the certificate or the person."
)
_ASK_ORIGINAL = gettext_noop(
    "Ask for the original: open the link printed on the paper, or upload the file as it was issued."
)
_ASK_ISSUER = gettext_noop(
    "Ask the person which centre issued it, and call the hotline to ask about that centre."
)
_ASK_NEWER = gettext_noop("Ask the person whether a newer certificate takes its place.")
_ASK_NEW_CARD = gettext_noop(
    "Ask the person for the new card. This says nothing against the person or their certificates."
)
_ASK_CORRECTED = gettext_noop(
    "Ask the person for the corrected certificate. This says nothing against the person."
)
_WAIT = gettext_noop("Check it again on or after the day from which it is valid.")
_SUSPENDED = gettext_noop(
    "Do not rely on it while it is suspended. Check it again later, or call the hotline."
)
_NOT_REAL = gettext_noop("Do not rely on it. It was made to show how this service works.")
_ASK_HOLDER = gettext_noop("Ask the person it was issued to, to present it themselves.")

NEXT_STEPS: Final[Mapping[Reason, tuple[str, ...]]] = {
    Reason.MALFORMED: (_ASK_ORIGINAL, _CALL),
    Reason.PROOF_MISSING: (_ASK_ORIGINAL, _CALL),
    Reason.PROOF_INVALID: (_ASK_ORIGINAL, _CALL),
    Reason.KEY_NOT_ISSUERS: (_ASK_ORIGINAL, _CALL),
    Reason.KEY_RETIRED: (_CALL,),
    Reason.KEY_COMPROMISED: (_CALL,),
    Reason.ISSUER_UNKNOWN: (_ASK_ISSUER,),
    Reason.ISSUER_DEMO: (_NOT_REAL,),
    Reason.TYPE_NOT_ACCREDITED: (_CALL,),
    Reason.QUALIFICATION_NOT_ACCREDITED: (_CALL,),
    Reason.LEVEL_NOT_ACCREDITED: (_CALL,),
    Reason.DATE_NOT_ACCREDITED: (_CALL,),
    Reason.ISSUER_SUSPENDED: (_CALL,),
    Reason.ACCREDITATION_WITHDRAWN: (_CALL,),
    Reason.REVOKED: (_ASK_NEWER, _CALL),
    Reason.REPLACED: (_ASK_CORRECTED,),
    Reason.CARD_REPLACED: (_ASK_NEW_CARD,),
    Reason.SUSPENDED: (_SUSPENDED,),
    Reason.EXPIRED: (_ASK_NEWER,),
    Reason.NOT_YET_VALID: (_WAIT,),
    Reason.HOLDER_MISMATCH: (_ASK_HOLDER, _CALL),
    Reason.PRESENTATION_PROOF_INVALID: (_ASK_HOLDER,),
    Reason.REGISTRY_PHOTO_OF_ANOTHER: (_ASK_HOLDER, _CALL),
    Reason.SUITE_UNKNOWN: (_ASK_ORIGINAL,),
    Reason.KEY_UNAVAILABLE: (_TRY_AGAIN,),
    Reason.KEY_HISTORY_UNCERTAIN: (_ASK_NEWER, _CALL),
    Reason.KEY_DIGESTS_UNAVAILABLE: (_TRY_AGAIN,),
    Reason.KEY_NEWER_THAN_LIST: (_UPDATE,),
    Reason.ISSUER_NEWER_THAN_LIST: (_UPDATE,),
    Reason.ACCREDITATION_NEWER_THAN_LIST: (_UPDATE,),
    Reason.TRUST_LIST_UNAVAILABLE: (_TRY_AGAIN,),
    Reason.TRUST_LIST_INVALID: (_TRY_AGAIN,),
    Reason.TRUST_LIST_ROLLED_BACK: (_TRY_AGAIN, _CALL),
    Reason.STATUS_UNAVAILABLE: (_TRY_AGAIN,),
    Reason.STATUS_INVALID: (_TRY_AGAIN,),
    Reason.STATUS_STALE: (_TRY_AGAIN,),
    Reason.STATUS_TYPE_UNKNOWN: (_ASK_ORIGINAL,),
}

# The message identifiers of ``vc.trust.decide``, named here so that the catalogues have them.
ONE_PERSON: Final[Mapping[OnePerson, str]] = {
    OnePerson.PROVEN: gettext_noop("Whoever presents these proved to hold every one of them."),
    OnePerson.SAME_NAME: gettext_noop(
        "Name and birth date are the same. That does not prove that they are one person's."
    ),
    OnePerson.NOT_SHOWN: gettext_noop("Nothing shows that these are one person's."),
}

HEADLINES: Final = (
    gettext_noop("Genuine and in force"),
    gettext_noop("Revoked: no longer in force"),
    gettext_noop("Replaced: ask for the corrected one"),
    gettext_noop("Card replaced: ask for the new one"),
    gettext_noop("Suspended: not in force at present"),
    gettext_noop("Genuine but expired"),
    gettext_noop("Genuine but not yet in force"),
    gettext_noop("Genuine, but not this person's"),
    gettext_noop("Not shown to be this person's"),
    gettext_noop("Not genuine"),
    gettext_noop("Not from a recognised issuer"),
    gettext_noop("Could not be checked"),
)
IDENTITY_NOT_CHECKED: Final = gettext_noop("identity not checked")

NOTICE: Final = gettext_noop(
    "This answer is not a visa, a selection or a legalisation. "
    "Authorities abroad may still ask for the paper or for their own test."
)

BASIS_LABELS: Final[Mapping[str, str]] = {
    "key": gettext_noop("Signing key"),
    "trustList": gettext_noop("Trust list"),
    "trustRoot": gettext_noop("Root of trust"),
    "accreditation": gettext_noop("Accreditation"),
    "statusList": gettext_noop("List of revocations"),
    "clock": gettext_noop("Clock of this service"),
    "registryPhoto": gettext_noop("Photo from the labour database"),
    "comparedBy": gettext_noop("Compared by"),
}

# What is said on the form when what was brought leads nowhere.
NOTHING_GIVEN: Final = gettext_noop("Choose a file, paste the text, or type the code.")
NOT_A_CREDENTIAL: Final = gettext_noop(
    "This is not the text of a credential, or a part of it is missing. "
    "Copy the whole text, or upload the file."
)
NOT_A_CODE: Final = gettext_noop(
    "This is neither a link nor a code. A code has 12 letters and digits, without the letter U."
)
NOT_KNOWN: Final = gettext_noop(
    "No certificate has this link or code. Compare it letter by letter with the paper."
)
ISSUER_UNREACHABLE: Final = gettext_noop(
    "This could not be checked: the issuer's service did not answer. Try again in a few minutes, "
    "or upload the certificate's file here. This says nothing against the certificate or the person."
)
NO_ISSUER_HERE: Final = gettext_noop(
    "Links and codes cannot be opened by this verifier, which runs apart from the issuer. "
    "Open the link in a browser, or upload the certificate's file here."
)
