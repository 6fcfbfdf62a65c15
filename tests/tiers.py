"""Which tests the default run leaves to the long one, so that it ends within ten minutes.

Beside the tests marked ``full`` where they stand: those of which a shorter form, or a sibling, is in the
default run already. What is left out here runs in ``make test-heavy``, and a fixed sample of that in CI.
"""

from collections.abc import Mapping
from typing import Final
from zlib import crc32

LONG: Final = (
    "tests/browser/test_applicants_abroad.py::test_an_employer_asks_in_arabic_on_a_phone_from_right_to_left",
    "tests/browser/test_identity_provider.py",
    "tests/browser/test_passkeys.py",
    "tests/browser/test_registrar.py::test_a_centre_asks_in_khmer_and_reads_that_it_is_granted",
    "tests/commands/test_client_commands.py",
    "tests/commands/test_person_commands.py",
    "tests/commands/test_trust_commands.py::test_a_wrong_password_decides_nothing",
    "tests/served/test_api_keys.py",
    "tests/served/test_https.py::test_https_with_a_certificate_for_the_named_host",
    "tests/served/test_monitor_command.py",
    "tests/browser/test_agency.py::test_a_worker_reads_the_answer_on_a_small_phone[DEMO-A-00",
    "tests/browser/test_applicants_abroad.py::test_an_organisation_asks_in_japanese_on_a_desk",
    "tests/browser/test_applicants_abroad.py::test_no_language_makes_a_page_wider_than_its_window",
    "tests/browser/test_auditor.py::test_an_auditor_reads_it_in_khmer_on_a_phone",
    "tests/browser/test_first_journey.py::test_a_recruiter_uploads_and_sees_the_verdicts[pdf-en",
    "tests/browser/test_first_journey.py::test_a_recruiter_uploads_and_sees_the_verdicts[pdf-km-desk",
    "tests/browser/test_first_journey.py::test_a_recruiter_uploads_and_sees_the_verdicts[json-km",
    "tests/browser/test_registrar.py::test_a_withdrawal_takes_two_officers_in_two_browsers",
    "tests/commands/test_docs_commands.py::test_commands_run_as_shown[CONTRIBUTING",
    "tests/commands/test_docs_commands.py::test_commands_run_as_shown[docs/",
    "tests/commands/test_docs_commands.py::test_the_files_of_a_narrated_demo_are_known_to_a_server_of_that_world",
    "tests/commands/test_issue_commands.py::test_what_the_command_issues_beside_a_running_server_verifies_there",
    "tests/commands/test_new_type.py::test_a_new_folder_has_its_line_and_its_template",
    "tests/commands/test_new_type.py::test_terms_other_than_the_pinned_ones_are_never_used",
    "tests/crash/test_issuing.py::test_killed_again_while_it_retires_an_intent_it_is_issued_once",
    "tests/crash/test_issuing.py::test_killed_before_any_effect_it_is_issued_once[eddsa",
    "tests/journey/test_cards.py::test_a_class_gets_its_cards_and_one_is_replaced[ecdsa",
    "tests/journey/test_cards.py::test_a_reprint_goes_on_when_the_registry_is_back",
    "tests/journey/test_cards.py::test_signing_that_stops_goes_on_with_the_same_cards",
    "tests/journey/test_every_type.py::test_every_type_is_issued_and_verifies_and_is_printed_unless_it_ends_soon"
    "[eddsa-jcs",
    "tests/journey/test_first_journey.py::test_issuing_goes_on_where_it_stopped[_intend",
    "tests/journey/test_first_journey.py::test_issuing_goes_on_where_it_stopped[reserve",
    "tests/journey/test_first_journey.py::test_200_parallel_issues_finish",
    "tests/journey/test_stolen_key.py::test_what_the_issuer_held_before_the_theft_stays_good[eddsa-jcs",
    "tests/served/test_https.py::test_the_conformance_profile_with_a_certificate_that_is_given",
    "tests/served/test_suspended_licence.py",
    "tests/workers/test_workers.py::test_a_server_starts_its_own_worker_and_takes_it_along[https",
    "tests/workers/test_workers.py::test_what_a_dead_worker_had_in_hand_is_taken_over_by_another",
    "tests/workers/test_workers.py::test_on_sqlite_a_second_worker_is_refused_and_says_why",
    "tests/workers/test_workers.py::test_paused_it_rests_and_resumed_it_goes_on_and_cancelled_it_ends",
)
"""Beginnings of node ids."""

SAMPLED: Final[Mapping[str, int]] = {
    "tests/verdicts/test_verdict_table.py::test_what_is_said": 8,
    "tests/verdicts/test_card_table.py::test_what_is_said_of_a_card": 16,
    "tests/commands/test_issue_commands.py::test_a_template_as_written_passes_a_dry_run": 4,
    "tests/interop/test_node_readers.py::test_what_we_issued_is_accepted": 4,
    "tests/journey/test_hostile_doors.py::test_hostile[": 24,
    "tests/property/test_every_parser.py": 2,
    "tests/served/test_hostile.py::test_hostile[": 3,
    "tests/unit/revocation/test_registry_mutants.py": 3,
}
"""Beginnings of node ids of which one case in so many is in the default run."""


def is_long(node_id: str) -> bool:
    """Whether this test is for the long run only."""
    if node_id.startswith(LONG):
        return True
    return any(node_id.startswith(begin) and not is_drawn(node_id, n) for begin, n in SAMPLED.items())


def is_drawn(node_id: str, one_in: int) -> bool:
    """Whether this test is in the fixed sample of one test in ``one_in``."""
    return crc32(node_id.encode()) % one_in == 0
