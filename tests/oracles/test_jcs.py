"""RFC 8785: the npm package canonicalize and openvc write any I-JSON value as we do."""

from collections import Counter
from typing import Any

import pytest
from openvc.proof._jcs import canonicalize as canonicalize_with_openvc

from tests.oracles.laws import hold_for_all, sizes
from tests.oracles.node_oracle import NodeOracle
from tests.oracles.values import I_JSON
from vc.encoding.jcs import canonicalize
from vc.encoding.strict_json import parse_json

pytestmark = [pytest.mark.node, pytest.mark.timeout(300)]


@sizes(250, 5_000)
def test_any_value(node: NodeOracle, tally: Counter[str], examples: int) -> None:
    def law(value: Any) -> None:
        ours = canonicalize(value)
        assert node.canonicalize_jcs(value) == ours
        assert canonicalize_with_openvc(value) == ours
        # What every reader holds exactly is what we accept as input: the law has no exception.
        assert canonicalize(parse_json(ours)) == ours
        tally["canonicalize (npm) and openvc agree"] += 1

    hold_for_all(I_JSON, examples, law)
    assert tally["canonicalize (npm) and openvc agree"] >= examples
