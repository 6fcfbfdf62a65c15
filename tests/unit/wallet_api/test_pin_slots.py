"""What a PIN opens, and what nobody can tell from what is kept."""

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.personal_data import Place, SealBroken
from vc.crypto.keys import KeyType
from wallet_api import pin_slots
from wallet_api.holder_keys import HolderKey, new_holder_key, open_holder_key, seal_holder_key
from wallet_api.pin_slots import Slot, filler, is_easy, open_slot, seal_slot, slot_key
from wallet_api.unlocking import Unlocked

KEY, OTHER = b"k" * 32, b"o" * 32
SLOT = Slot(secret=b"s" * 32, is_limited=False, other=None)
MINE = Unlocked(holder="h1", rld_number="RLD-1", secret=b"s" * 32, is_limited=False)
PLACE = Place(table="bound_copy", row="c1", column="holder_key")


@pytest.fixture(autouse=True, scope="module")
def _cheap() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pin_slots, "_MEMORY_KIB", 8)
        yield


def test_a_slot_opens_with_its_key_at_its_place_alone() -> None:
    sealed = seal_slot(KEY, SLOT, "h1")
    assert open_slot(KEY, sealed, "h1") == SLOT
    assert open_slot(OTHER, sealed, "h1") is None
    assert open_slot(KEY, sealed, "h2") is None
    assert open_slot(KEY, sealed[:-1], "h1") is None
    assert open_slot(KEY, b"", "h1") is None


@given(st.booleans(), st.binary(min_size=32, max_size=32), st.none() | st.just(OTHER))
def test_every_slot_comes_back_and_is_as_long_as_a_filler(
    is_limited: bool, secret: bytes, other: bytes | None
) -> None:
    slot = Slot(secret=secret, is_limited=is_limited, other=other)
    sealed = seal_slot(KEY, slot, "h1")
    assert open_slot(KEY, sealed, "h1") == slot
    assert len(sealed) == len(filler())
    assert open_slot(KEY, filler(), "h1") is None


@pytest.mark.parametrize("part", ["pin", "salt", "pepper", "holder"])
def test_the_key_of_a_slot_depends_on(part: str) -> None:
    parts = {"salt": b"s" * 16, "pepper": b"p" * 32, "holder": "h1"}
    other = parts | {"salt": b"t" * 16, "pepper": b"q" * 32, "holder": "h2"}
    changed = parts if part == "pin" else parts | {part: other[part]}
    first = slot_key("481536", **parts)  # type: ignore[arg-type]
    assert first == slot_key("481536", **parts)  # type: ignore[arg-type]
    assert first != slot_key("481537" if part == "pin" else "481536", **changed)  # type: ignore[arg-type]


@pytest.mark.parametrize("pin", ["000000", "777777", "123456", "654321", "890123", "121212", "123123"])
def test_what_is_guessed_first_is_easy(pin: str) -> None:
    assert is_easy(pin, None)


@pytest.mark.parametrize("pin", ["041994", "199404", "040494", "940404", "191994"])
def test_a_birth_date_is_easy_for_whom_it_is(pin: str) -> None:
    assert is_easy(pin, date(1994, 4, 4))
    assert not is_easy(pin, date(1985, 12, 31))


def test_nothing_shows_what_a_pin_opened() -> None:
    key = new_holder_key()
    shown = f"{MINE!r}{SLOT!r}{key!r}"
    assert "ssss" not in shown
    assert repr(b"s") not in shown
    assert key._secret.hex() not in shown


def test_a_holders_key_opens_for_its_holder_at_its_place_alone() -> None:
    key = new_holder_key()
    assert key.public.key_type is KeyType.P256
    sealed = seal_holder_key(MINE, key, PLACE)
    opened = open_holder_key(MINE, sealed, PLACE)
    assert opened == key
    assert opened.public.verify(opened.signer().sign(b"text"), b"text")
    elsewhere = Place(table="bound_copy", row="c2", column="holder_key")
    others = Unlocked(holder="h2", rld_number="RLD-2", secret=MINE.secret, is_limited=False)
    another = Unlocked(holder="h1", rld_number="RLD-1", secret=b"t" * 32, is_limited=False)
    for who, what, where in ((MINE, sealed, elsewhere), (others, sealed, PLACE), (another, sealed, PLACE)):
        with pytest.raises(SealBroken):
            open_holder_key(who, what, where)
    with pytest.raises(SealBroken):
        open_holder_key(MINE, sealed[:-1], PLACE)


def test_keys_are_all_different() -> None:
    assert len({new_holder_key().public.raw for _ in range(20)}) == 20
    assert HolderKey.of_secret(b"\x01" * 32) == HolderKey.of_secret(b"\x01" * 32)
