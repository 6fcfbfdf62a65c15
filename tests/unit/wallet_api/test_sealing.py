"""Sealed values open only where they were sealed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.settings import Settings
from wallet_api.sealing import KEY_VERSION, SealBroken, Sealing

SEALING = Sealing(b"s" * 32)
PLACE = {"table": "held_credential", "row": "h/1", "column": "credential"}
names = st.text(st.characters(exclude_characters="|", codec="utf-8"), min_size=1, max_size=20)


@given(value=st.binary(max_size=200), row=names)
def test_what_is_sealed_for_a_place_opens_there(value: bytes, row: str) -> None:
    place = PLACE | {"row": row}
    assert SEALING.unseal(SEALING.seal(value, **place), key_version=KEY_VERSION, **place) == value


@given(value=st.binary(max_size=50), row=names, other=names)
def test_it_opens_in_no_other_row(value: bytes, row: str, other: str) -> None:
    if row == other:
        return
    sealed = SEALING.seal(value, **(PLACE | {"row": row}))
    with pytest.raises(SealBroken):
        SEALING.unseal(sealed, key_version=KEY_VERSION, **(PLACE | {"row": other}))


@pytest.mark.parametrize("change", [{"table": "other"}, {"column": "delivery"}], ids=["table", "column"])
def test_it_opens_in_no_other_table_or_column(change: dict[str, str]) -> None:
    sealed = SEALING.seal(b"value", **PLACE)
    with pytest.raises(SealBroken):
        SEALING.unseal(sealed, key_version=KEY_VERSION, **(PLACE | change))


@given(position=st.integers(0, 31), bit=st.integers(0, 7))
def test_no_bit_can_be_flipped(position: int, bit: int) -> None:
    sealed = bytearray(SEALING.seal(b"abcd", **PLACE))
    assert len(sealed) == 32
    sealed[position] ^= 1 << bit
    with pytest.raises(SealBroken):
        SEALING.unseal(bytes(sealed), key_version=KEY_VERSION, **PLACE)


@pytest.mark.parametrize("sealed", [b"", b"short", b"\x00" * 12, b"\x00" * 28])
def test_what_is_no_sealed_value_is_refused(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        SEALING.unseal(sealed, key_version=KEY_VERSION, **PLACE)


def test_another_key_or_version_opens_nothing() -> None:
    sealed = SEALING.seal(b"value", **PLACE)
    with pytest.raises(SealBroken):
        Sealing(b"t" * 32).unseal(sealed, key_version=KEY_VERSION, **PLACE)
    with pytest.raises(SealBroken):
        SEALING.unseal(sealed, key_version=KEY_VERSION + 1, **PLACE)


def test_the_same_value_is_never_sealed_alike() -> None:
    assert SEALING.seal(b"value", **PLACE) != SEALING.seal(b"value", **PLACE)


def test_the_blind_index_is_stable_and_needs_the_key() -> None:
    index = SEALING.holder_index("RLD-1")
    assert index == Sealing(b"s" * 32).holder_index("RLD-1")
    assert index != Sealing(b"t" * 32).holder_index("RLD-1")
    assert index != SEALING.holder_index("RLD-2")


def test_neither_the_folder_nor_the_passphrase_opens_alone(tmp_path: Path) -> None:
    ours = Settings(data_dir=tmp_path / "a", keyring_passphrase="p" * 40)
    sealed = Sealing.open(ours).seal(b"value", **PLACE)
    assert Sealing.open(ours).unseal(sealed, key_version=KEY_VERSION, **PLACE) == b"value"
    for other in (
        Settings(data_dir=tmp_path / "a", keyring_passphrase="q" * 40),
        Settings(data_dir=tmp_path / "b", keyring_passphrase="p" * 40),
    ):
        with pytest.raises(SealBroken):
            Sealing.open(other).unseal(sealed, key_version=KEY_VERSION, **PLACE)
    assert (tmp_path / "a" / "keys" / "wallet_api.sealing").stat().st_mode & 0o077 == 0
