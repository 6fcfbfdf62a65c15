"""The same journey where each process is in a network namespace with only the links it is to have."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from loadtest.house import House, Plan
from loadtest.networks import Namespaces
from tests.layout.conftest import require_house
from tests.layout.journey import check, client_of, issue_class, open_share, share

pytestmark = [pytest.mark.anyio, pytest.mark.full, pytest.mark.timeout(1800)]

_REACHES = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=3)"


@pytest.fixture(scope="module")
def confined() -> Iterator[House]:
    """A house whose every process is in a namespace of its own; the verifier's database is a file."""
    require_house()
    if not Namespaces.are_permitted():
        pytest.skip("network namespaces may not be made here (root is needed, and the command ip)")
    with TemporaryDirectory(prefix="passport-house-", ignore_cleanup_errors=True) as folder:
        variables = {"PASSPORT_DEFAULT_CRYPTOSUITE": "eddsa-jcs-2022"}
        plan = Plan(verifiers=1, workers=1, variables=variables)
        with House(Path(folder), plan, Namespaces()).running() as running:
            yield running


def reaches(house: House, name: str, address: tuple[str, int]) -> bool:
    """Whether a process in the place of ``name`` can connect there."""
    namespace = Path(house.network.namespace(name) or "").name
    program = (sys.executable, "-c", _REACHES, address[0], str(address[1]))
    command = ("ip", "netns", "exec", namespace, *program)
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0


async def test_a_class_goes_its_way_and_the_verifier_reaches_the_proxy_alone(confined: House) -> None:
    house = confined
    async with client_of(house) as client:
        issued = await issue_class(client)
        client.cookies.clear()
        assert (await check(client, issued[0].raw))["decision"]["outcome"] == "accepted"
        opened = await open_share(client, await share(client, issued))
        assert opened.status_code == 200, opened.text

    assert reaches(house, "verifier-1", (house.network.public, house.port))
    for name, url in house.urls.items():
        host, _, port = url.removeprefix("http://").partition(":")
        is_itself = name in ("verifier-1", "proxy")
        assert reaches(house, "verifier-1", (host, int(port))) is is_itself, name
    assert reaches(house, "issuer", _place(house.environment("issuer")["PASSPORT_REVOCATION_URL"]))


def _place(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)
