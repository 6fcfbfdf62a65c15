"""A genuine token with pieces replaced, for the laws that no mutant says more than was signed."""

from hypothesis import strategies as st

from tests.unit.vc.jose.samples import CREDENTIAL_TOKEN

MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, len(CREDENTIAL_TOKEN)),
        st.integers(0, 4),
        st.text(max_size=4) | st.sampled_from([".", "..", "=", "\n", "A", "_", "eyJhbGciOiJub25lIn0"]),
    ),
    min_size=1,
    max_size=3,
)


def mutate(token: str, mutations: list[tuple[int, int, str]]) -> str:
    """``token`` with each of the replacements (place, length, text)."""
    for start, length, text in mutations:
        token = token[:start] + text + token[start + length :]
    return token
