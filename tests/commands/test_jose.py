"""``passport jose`` as outside suites run it: files in, a result out, and never in production."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from passport import cli
from passport.commands.jose import Feature
from passport.conformance import command_line
from tests.commands.test_docs_commands import passport
from tests.unit.runtime.test_settings import GOOD_PRODUCTION
from tests.unit.vc.jose.samples import CREDENTIAL, METHOD, PRESENTATION, SECRETS, SIGNERS
from tests.vectors.shared_vectors import VECTORS
from vc.crypto.keys import KeyType
from vc.encoding import base64url
from vc.errors import MalformedValue, ProtocolError

CREDENTIALS = (Feature.CREDENTIAL_JOSE, Feature.CREDENTIAL_SDJWT, Feature.CREDENTIAL_COSE)
SUITE = VECTORS / "jose-cose"


def key_file(kind: KeyType = KeyType.P256, **members: Any) -> bytes:
    public = SIGNERS[kind].public_key.jwk
    secret = {**public, "d": base64url.encode(SECRETS[kind])}
    return json.dumps({"id": METHOD, "publicKeyJwk": public, "secretKeyJwk": secret, **members}).encode()


def written(document: Any) -> bytes:
    return json.dumps(document).encode()


def by_call(*arguments: str) -> int:
    """Run the command in this process, which takes a hundredth of the time."""
    return cli.run(arguments)


def by_process(*arguments: str) -> int:
    """Run the installed command."""
    done = passport(*arguments)
    assert "Traceback" not in done.stderr
    return done.returncode


def run(
    folder: Path, act: str, feature: str, *more: str, command: Callable[..., int] = by_call
) -> tuple[int, dict[str, str]]:
    """Run the command over the files in ``folder``; its exit status, and the result where there is one."""
    output = folder / "output.json"
    output.unlink(missing_ok=True)
    files = ["--input", str(folder / "input"), "--key", str(folder / "key"), "--output", str(output)]
    status = command("jose", act, *files, "--feature", feature, *more)
    result: dict[str, str] = json.loads(output.read_bytes()) if output.exists() else {}
    return status, result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "key").write_bytes(key_file())
    (tmp_path / "input").write_bytes(written(CREDENTIAL))
    return tmp_path


@pytest.mark.parametrize("feature", list(Feature))
def test_what_is_issued_verifies_and_a_changed_one_does_not(folder: Path, feature: Feature) -> None:
    document = CREDENTIAL if feature in CREDENTIALS else PRESENTATION
    (folder / "input").write_bytes(written(document))
    status, result = run(folder, "issue", feature)
    assert (status, result["result"]) == (0, "success")
    token = result["data"]
    (folder / "input").write_text(token + "\n", encoding="utf-8")
    assert run(folder, "verify", feature) == (0, {"result": "success", "data": ""})
    middle = len(token) // 2
    (folder / "input").write_text(token[:middle] + "AAAA" + token[middle + 4 :], encoding="utf-8")
    status, result = run(folder, "verify", feature)
    assert (status, result["result"]) == (0, "failure")


def test_the_installed_command_issues_and_verifies(folder: Path) -> None:
    paths = '["credentialSubject.name", "credentialSubject.skills[1]"]'
    status, result = run(folder, "issue", "credential_sdjwt", "--sd", paths, command=by_process)
    assert (status, result["result"]) == (0, "success")
    assert result["data"].count("~") == 3
    (folder / "input").write_text(result["data"], encoding="utf-8")
    verified = run(folder, "verify", "credential_sdjwt", command=by_process)
    assert verified == (0, {"result": "success", "data": ""})


@pytest.mark.skipif(not SUITE.is_dir(), reason="official vectors are missing: ../shared/vectors/jose-cose")
def test_a_file_of_the_suite(folder: Path) -> None:
    (folder / "key").write_bytes((SUITE / "vm-p521.json").read_bytes())
    (folder / "input").write_bytes((SUITE / "credential-sdjwt-nested.txt").read_bytes())
    assert run(folder, "verify", "credential_sdjwt") == (0, {"result": "success", "data": ""})
    (folder / "key").write_bytes((SUITE / "vm-ed25519.json").read_bytes())
    (folder / "input").write_bytes((SUITE / "credential-jose-vc-vp-claims.txt").read_bytes())
    assert run(folder, "verify", "credential_jose")[1]["result"] == "failure"


@pytest.mark.parametrize(
    ("change", "more"),
    [
        ({"feature": "credential_ldp"}, []),
        ({}, ["--sd", '["credentialSubject.name"]']),
        ({"missing": "input"}, []),
        ({"missing": "key"}, []),
        ({"output": "absent/output.json"}, []),
    ],
    ids=["unknown-feature", "disclosures-without-sd-jwt", "no-input", "no-key", "no-folder-for-output"],
)
def test_wrong_usage_exits_64(folder: Path, change: dict[str, str], more: list[str]) -> None:
    if "missing" in change:
        (folder / change["missing"]).unlink()
    if "output" in change:
        more = ["--output", str(folder / change["output"])]
    assert run(folder, "issue", change.get("feature", "credential_jose"), *more) == (64, {})


@pytest.mark.parametrize("act", ["issue", "verify"])
def test_production_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], act: str
) -> None:
    for name, value in GOOD_PRODUCTION.items():
        monkeypatch.setenv(name, value)
    assert run(folder, act, "credential_jose") == (78, {})
    assert "never runs in production" in capsys.readouterr().err


def test_production_with_faults_is_refused_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSPORT_MODE", "production")
    assert run(folder, "verify", "credential_jose") == (78, {})


@pytest.mark.parametrize("act", [[], ["issue"], ["verify"]], ids=" ".join)
def test_help_is_there(capsys: pytest.CaptureFixture[str], act: list[str]) -> None:
    assert by_call("jose", *act, "--help") == 0
    assert "Usage: passport jose" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("holder", ("holder",)),
        ("credentialSubject.address.street", ("credentialSubject", "address", "street")),
        ("verifiableCredential[0]", ("verifiableCredential", 0)),
        ("a.b[12][3].c-d_é", ("a", "b", 12, 3, "c-d_é")),
        ("a.0", ("a", "0")),
    ],
)
def test_paths_are_names_and_positions(text: str, path: tuple[str | int, ...]) -> None:
    assert command_line.parse_paths(json.dumps([text])) == (path,)


@pytest.mark.parametrize(
    "text",
    [
        '"a"',
        "{}",
        "[1]",
        "[null]",
        "[[]]",
        "[",
        '[""]',
        '["."]',
        '["a."]',
        '["a[]"]',
        '["a[-1]"]',
        '["[0]"]',
        '["a]b"]',
        '["a[1]b"]',
        '["a..b"]',
        '["a[1234567]"]',
        '["a\\n."]',
    ],
)
def test_other_paths_are_refused(text: str) -> None:
    with pytest.raises(ProtocolError):
        command_line.parse_paths(text)


def test_a_key_without_a_name_is_named_by_itself() -> None:
    token = command_line.issue(written(CREDENTIAL), key_file(id=None), Feature.CREDENTIAL_JOSE, ())
    header = json.loads(base64url.decode(token.split(".", maxsplit=1)[0], max_bytes=999))
    multikey = SIGNERS[KeyType.P256].public_key.multikey
    assert header["kid"] == f"did:key:{multikey}#{multikey}"


PUBLIC = SIGNERS[KeyType.P256].public_key.jwk
OTHER = SIGNERS[KeyType.ED25519].public_key.jwk


@pytest.mark.parametrize(
    "secret",
    [
        None,
        "text",
        {},
        PUBLIC,
        {**PUBLIC, "d": 5},
        {**PUBLIC, "d": ""},
        {**PUBLIC, "d": base64url.encode(bytes(32))},
        {**PUBLIC, "d": base64url.encode(b"\xff" * 32)},
        {**PUBLIC, "d": base64url.encode(b"\x02" * 32)},
        {**OTHER, "d": base64url.encode(b"\x01" * 31)},
        {**PUBLIC, "kty": "oct", "k": "AAAA", "d": "AQ"},
        {**PUBLIC, "crv": "secp256k1", "d": "AQ"},
    ],
    ids=[
        "absent",
        "text",
        "empty",
        "public",
        "number",
        "empty-part",
        "zero",
        "beyond-the-order",
        "of-another-key",
        "short",
        "symmetric",
        "unknown-curve",
    ],
)
def test_a_secret_key_with_one_fault_is_refused(secret: Any) -> None:
    raw = key_file(secretKeyJwk=secret)
    with pytest.raises(ProtocolError) as caught:
        command_line.issue(written(CREDENTIAL), raw, Feature.CREDENTIAL_JOSE, ())
    assert base64url.encode(b"\x01" * 16)[:20] not in str(caught.value)


def test_a_public_key_with_its_private_part_is_refused() -> None:
    token = command_line.issue(written(CREDENTIAL), key_file(), Feature.CREDENTIAL_JOSE, ())
    private = {**PUBLIC, "d": base64url.encode(SECRETS[KeyType.P256])}
    with pytest.raises(MalformedValue, match="private part"):
        command_line.verify(token.encode(), key_file(publicKeyJwk=private), Feature.CREDENTIAL_JOSE)


@pytest.mark.parametrize("raw", [b"", b"\xff", "é".encode(), b"{}", b"a.b.c"], ids=repr)
@pytest.mark.parametrize("feature", list(Feature))
def test_what_is_no_token_is_refused(raw: bytes, feature: Feature) -> None:
    with pytest.raises(ProtocolError):
        command_line.verify(raw, key_file(), feature)


@pytest.mark.parametrize("raw", [b"", b"\xff", b"[]", b'{"a":1,"a":2}', b"{}"], ids=repr)
@pytest.mark.parametrize("feature", list(Feature))
def test_what_is_no_document_is_not_issued(raw: bytes, feature: Feature) -> None:
    with pytest.raises(ProtocolError):
        command_line.issue(raw, key_file(), feature, ())


@pytest.mark.parametrize("name", ["badExtension", "proof", "iss", "vc"])
def test_a_member_that_the_data_model_does_not_have_is_not_issued(name: str) -> None:
    for feature in Feature:
        document = CREDENTIAL if feature in CREDENTIALS else PRESENTATION
        with pytest.raises(MalformedValue):
            command_line.issue(written({**document, name: {}}), key_file(), feature, ())


@pytest.mark.parametrize("feature", list(Feature))
def test_a_document_that_does_not_follow_the_data_model_is_not_issued(feature: Feature) -> None:
    document = CREDENTIAL if feature in CREDENTIALS else PRESENTATION
    for change in (
        {"@context": ["https://other.example"]},
        {"id": 5},
        {"termsOfUse": {"id": "https://t.example"}},
    ):
        with pytest.raises(MalformedValue, match="data model"):
            command_line.issue(written(document | change), key_file(), feature, ())
