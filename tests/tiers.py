"""Which tests the default run leaves to the long one, so that it ends within ten minutes.

Beside the tests marked ``full`` where they stand: those of which a shorter form, or a sibling, is in the
default run already, and of files in which every test has a world of its own, all but a fixed part. What is
left out here runs in ``make test-heavy``, and a fixed sample of that in CI.
"""

from collections.abc import Mapping
from hashlib import sha256
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
    "tests/commands/test_wallet_help.py",
    "tests/commands/test_wallet_cards.py::test_a_card_is_replaced_and_the_passport_written",
    "tests/crash/test_revoking.py::test_killed_before_any_effect_of_its_first_start_it_starts",
    "tests/browser/test_open_wallet.py::test_a_request_is_read_and_answered_in_khmer[without",
    "tests/browser/test_share_phone.py::test_from_the_choice_to_who_looked_and_the_end[th",
    "tests/browser/test_share_phone.py::test_from_the_choice_to_who_looked_and_the_end[km-eps",
    "tests/browser/test_holders_phone.py::test_from_the_first_look_to_the_copy_in_khmer[without",
    "tests/browser/test_assisted.py::test_a_person_is_found_and_the_papers_of_others_are_listed[en",
    "tests/browser/test_phone_and_kiosk.py::test_a_holder_signs_in_with_phone_code_and_pin[en",
    "tests/browser/test_phone_and_kiosk.py::test_an_officer_finds_a_person_and_waits_for_another[en",
    "tests/browser/test_first_journey.py::test_a_recruiter_uploads_and_sees_the_verdicts[json-en-desk",
    "tests/workers/test_workers.py::test_a_server_starts_its_own_worker_and_takes_it_along[https",
    "tests/workers/test_workers.py::test_what_a_dead_worker_had_in_hand_is_taken_over_by_another",
    "tests/workers/test_workers.py::test_on_sqlite_a_second_worker_is_refused_and_says_why",
    "tests/workers/test_workers.py::test_paused_it_rests_and_resumed_it_goes_on_and_cancelled_it_ends",
)
"""Beginnings of node ids."""

WITH_A_WORLD_EACH: Final = tuple(
    f"tests/journey/test_{name}.py"
    for name in (
        *("assisted", "audit", "cards", "copies", "corrections", "counting", "everyone_told"),
        *("first_journey", "forced_holder", "handovers", "health_role", "hostile_wallets", "kiosk"),
        *("labour_database", "menus", "national", "notices", "open_wallet_present", "open_wallet_receive"),
        *("openid4vci_consent", "openid4vci_credentials", "openid4vci_later", "openid4vci_offers"),
        *("overview", "phone_sign_in", "register", "share_consents", "share_photos", "sharing"),
        *("two_people", "watch_list", "work"),
    )
)

KEPT: Final = (
    "tests/browser/test_first_journey.py::test_every_door_fits_phone_and_desk[clerk-phka-trakuon-/issuer-phone",
    "tests/browser/test_offline.py::test_an_inspector_checks_cards_with_the_network_cut_before_and_after_expiry",
    "tests/journey/test_assisted.py::test_an_officer_replaces_a_card_and_its_holder_sees_it",
    "tests/journey/test_audit.py::test_one_checkpoint_covers_the_heads_of_all_services",
    "tests/journey/test_cards.py::test_a_class_gets_its_cards_and_one_is_replaced[eddsa-rdfc",
    "tests/journey/test_copies.py::test_all_copies_are_suspended_reinstated_and_revoked_with_their_certificate",
    "tests/journey/test_corrections.py::test_a_corrected_certificate_takes_the_place_of_the_wrong_one",
    "tests/journey/test_everyone_told.py::test_who_watches_is_told_which_lists_changed_and_nobodys_name",
    "tests/journey/test_first_journey.py::test_a_class_of_thirty[training-csv",
    "tests/journey/test_first_journey.py::test_a_returnee_finds_the_certificate_in_the_wallet",
    "tests/journey/test_first_journey.py::test_issuing_goes_on_where_it_stopped[_sign",
    "tests/journey/test_health_role.py::test_nobody_else_reads_a_health_list_or_certificate",
    "tests/journey/test_hostile_wallets.py::test_every_door_refuses_what_it_cannot_read",
    "tests/journey/test_kiosk.py::test_two_officers_give_back_what_was_taken_and_end_what_others_hold",
    "tests/journey/test_labour_database.py::test_what_is_issued_and_revoked_is_told_and_nothing_more",
    "tests/journey/test_labour_database.py::test_who_comes_under_protection_meanwhile_gets_nothing_until_a_protection",
    "tests/journey/test_menus.py::test_the_bot_shows_a_certificate_as_a_picture_and_keeps_no_pin_in_the_chat",
    "tests/journey/test_notices.py::test_a_phone_is_told_that_there_is_news_and_nothing_else",
    "tests/journey/test_open_wallet_present.py::test_from_the_verifiers_page_to_the_wallet_and_back_with",
    "tests/journey/test_open_wallet_receive.py::test_after_a_sign_in_at_the_issuer_the_certificate_comes",
    "tests/journey/test_openid4vci_consent.py::test_row_39_its_holder_agrees_and_the_answer_says_who_gives_it",
    "tests/journey/test_openid4vci_later.py::test_while_the_registry_is_away_the_wallet_waits_and_then_gets_it",
    "tests/journey/test_openid4vci_offers.py::test_from_the_clerks_screen_into_a_wallet_and_to_a_verifier[dc+sd-jwt",
    "tests/journey/test_phone_sign_in.py::test_after_a_sim_swap_a_code_alone_changes_neither_phone_nor_pin",
    "tests/journey/test_sharing.py::test_from_the_choice_to_the_end",
    "tests/journey/test_two_people.py::test_one_submits_another_approves_and_the_log_names_both",
    "tests/property/test_every_parser.py::test_no_parser_is_forgotten",
)
"""Beginnings of node ids that are in the default run whatever is drawn: the way through each door, and
what sees that none was forgotten."""

SAMPLED: Final[Mapping[str, int]] = {
    "tests/verdicts/test_verdict_table.py::test_what_is_said": 8,
    "tests/verdicts/test_card_table.py::test_what_is_said_of_a_card": 16,
    "tests/commands/test_issue_commands.py::test_a_template_as_written_passes_a_dry_run": 8,
    "tests/interop/test_node_readers.py::test_what_we_issued_is_accepted": 4,
    "tests/journey/test_hostile_doors.py::test_hostile[": 24,
    "tests/property/test_every_parser.py": 2,
    "tests/served/test_hostile.py::test_hostile[": 8,
    "tests/unit/revocation/test_registry_mutants.py": 3,
    "tests/browser/test_first_journey.py::test_every_door_fits_phone_and_desk": 4,
    "tests/browser/test_holders_phone.py::test_every_page_is_accessible_and_fits": 8,
    "tests/browser/test_offline.py": 3,
    "tests/browser/test_recruiters.py::test_every_door_of_the_verifier_fits_a_phone_in_every_language": 4,
    "tests/browser/test_share_phone.py::test_the_pages_for_others_can_be_read_and_pressed": 3,
    "tests/browser/test_share_phone.py::test_whoever_is_not_licensed_gets_a_warning_in_khmer": 3,
    **dict.fromkeys(WITH_A_WORLD_EACH, 4),
}
"""Beginnings of node ids of which one case in so many is in the default run."""


def is_long(node_id: str) -> bool:
    """Whether this test is for the long run only."""
    if node_id.startswith(KEPT):
        return False
    if node_id.startswith(LONG):
        return True
    return any(node_id.startswith(begin) and not _is_first_drawn(node_id, n) for begin, n in SAMPLED.items())


def _is_first_drawn(node_id: str, one_in: int) -> bool:
    # By other figures than CI's sample of the rest: what neither draws would be run nowhere.
    return int.from_bytes(sha256(node_id.encode()).digest()[:4]) % one_in == 0


def is_drawn(node_id: str, one_in: int) -> bool:
    """Whether this test is in the fixed sample of one test in ``one_in``."""
    return crc32(node_id.encode()) % one_in == 0
