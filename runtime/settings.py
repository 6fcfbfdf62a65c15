"""Everything a deployment may set, read from ``PASSPORT_…`` environment variables.

The table of settings in the documentation is generated from this file (``runtime.settings_table``):
every field carries a description, and nothing else in the product reads the environment.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urljoin

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from runtime import secret_files
from runtime.agency_fees import AgencyFee
from runtime.holder_settings import HolderSettings
from runtime.issuance_settings import IssuanceSettings
from runtime.key_token import parse_token_uri
from runtime.layout_settings import LayoutSettings
from runtime.menu_settings import MenuSettings
from runtime.observe_settings import ObserveSettings
from runtime.open_wallet_settings import OpenWalletSettings
from runtime.origins import parse_origin
from runtime.presentation_settings import PresentationSettings
from runtime.production import production_problems
from runtime.replica_settings import ReplicaSettings
from vc.errors import MalformedValue
from vc.trust.anchor import parse_anchor

PREFIX: Final = "PASSPORT_"
SERVICES: Final = ("trust_registry", "issuer", "revocation", "verifier", "wallet_api", "passport")
SECRETS: Final = ("keyring_passphrase", "service_secret")
_HOST_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DID_HOST = re.compile(rf"{_HOST_LABEL}(?:\.{_HOST_LABEL})*(?:%3A[0-9]{{1,5}})?")
_SEPARATOR: Final = " | "
_RATE_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")

Mode = Literal["demo", "production"]
CryptosuiteName = Literal["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019"]


class SettingsError(Exception):
    """The environment does not describe a deployment; ``problems`` say why, one line each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _demo_or_production(demo: Any, production: Any) -> Any:
    """A default that depends on the mode given."""
    return lambda data: production if data.get("mode") == "production" else demo


class Settings(
    PresentationSettings,
    IssuanceSettings,
    HolderSettings,
    OpenWalletSettings,
    MenuSettings,
    LayoutSettings,
    ObserveSettings,
    ReplicaSettings,
):
    """The settings of one process. Frozen; built once by ``load_settings`` at the start."""

    model_config = SettingsConfigDict(
        env_ignore_empty=True,
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        validate_default=True,
    )

    mode: Mode = Field(
        default="demo",
        description="demo: everything is visibly DEMO and secrets are made at the first start. "
        "production: no default secret, https only, no .example identifiers.",
    )
    data_dir: Path = Field(
        default=Path("data"), description="Folder for databases, keys and published lists. Keep it private."
    )
    host: str = Field(default="127.0.0.1", description="Address the server binds.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port the server binds.")
    base_url: str = Field(
        default="http://127.0.0.1:8000",
        description="The public origin that every URL we produce begins with. Production: https.",
    )
    did_host: str = Field(
        default="skills-passport.example",
        description="Host in our did:web identifiers; a port is written %3A8443. Fixed for ever once issued.",
    )
    database_url: str | None = Field(
        default=None,
        repr=False,
        description="PostgreSQL for all services, a schema each (postgresql://…). "
        "Unset: one SQLite file per service in the data folder.",
    )
    trust_registry_database_url: str | None = Field(
        default=None, repr=False, description="Database of the trust registry alone."
    )
    issuer_database_url: str | None = Field(
        default=None, repr=False, description="Database of the issuer alone."
    )
    revocation_database_url: str | None = Field(
        default=None, repr=False, description="Database of the revocation service alone."
    )
    verifier_database_url: str | None = Field(
        default=None, repr=False, description="Database of the verifier alone."
    )
    wallet_api_database_url: str | None = Field(
        default=None, repr=False, description="Database of the wallet alone."
    )
    passport_database_url: str | None = Field(
        default=None, repr=False, description="Database of the front door alone."
    )
    database_threads: int = Field(
        default=8, ge=1, le=64, description="Worker threads, and so connections, per service and process."
    )
    workers: int = Field(
        default=1,
        ge=0,
        le=64,
        description="Processes that a server starts while there are class lists to issue. More than one: on "
        "PostgreSQL only. 0: `passport worker` runs elsewhere.",
    )
    peer_ca_file: Path | None = Field(
        default=None,
        description="Certificates (PEM) to trust beside the system's when services ask one another by https.",
    )
    trust_registry_url: str | None = Field(
        default=None, description="Origin of the trust registry, where it runs apart. Unset: the base URL."
    )
    issuer_url: str | None = Field(default=None, description="Origin of the issuer, where it runs apart.")
    revocation_url: str | None = Field(
        default=None, description="Origin of the revocation service, where it runs apart."
    )
    verifier_url: str | None = Field(default=None, description="Origin of the verifier, where it runs apart.")
    wallet_api_url: str | None = Field(default=None, description="Origin of the wallet, where it runs apart.")
    passport_url: str | None = Field(
        default=None, description="Origin of the front door, where it runs apart; in a demo its simulators'."
    )
    keyring_passphrase: SecretStr | None = Field(
        default=None,
        description="Opens the signing keys. Production: required, at least 32 characters. "
        "Demo: made at random in the data folder.",
    )
    issuer_keyring: str | None = Field(
        default=None,
        description="Where the centres' signing keys are made and kept: a PKCS#11 URI, as "
        "pkcs11:token=passport?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/etc/passport/pin."
        " Unset: the keyring file.",
    )
    service_secret: SecretStr | None = Field(
        default=None, description="Shared by our services to know one another. Same rule as the passphrase."
    )
    hotline: str = Field(
        default="000 000 000",
        min_length=3,
        max_length=40,
        description="Telephone number printed on pages and certificates. The default is a dummy.",
    )
    agency_fees: dict[str, AgencyFee] = Field(
        default_factory=dict,
        description="JSON object: destination (country code) → what is said about agency fees there, as "
        '{"text": …, "source": …, "effective_from": "2026-01-01"}. Unset: nothing is said.',
    )
    list_refresh_seconds: int = Field(
        default_factory=_demo_or_production(5, 300),
        ge=1,
        le=86_400,
        description="How old a held status list or trust list may grow before it is asked for again, "
        "in seconds. Demo 5, production 300.",
    )
    status_publish_interval_seconds: int = Field(
        default_factory=_demo_or_production(1, 45),
        ge=1,
        le=3_600,
        description="Length of the periods at whose ends status changes are published, in seconds; "
        "fraud, stolen keys and suspensions are published at once. Demo 1, production 45.",
    )
    status_resign_seconds: int = Field(
        default=900,
        ge=10,
        le=43_200,
        description="Unchanged status lists are signed afresh after this many seconds.",
    )
    suspension_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="A suspension ends by itself after so many days, unless a second officer renews it.",
    )
    appeal_days: int = Field(
        default=60,
        ge=7,
        le=730,
        description="So many days after a revocation its holder can appeal.",
    )
    appeal_answer_days: int = Field(
        default=15,
        ge=1,
        le=180,
        description="So many days after an appeal its holder is to have an answer.",
    )
    count_presentations: bool = Field(
        default=False,
        description="Whether the verifier counts what is presented, by issuer, kind and day, never by "
        "certificate, person or whoever asks; the fraud desk sees the counts of ten and more.",
    )
    harvest_per_hour: int = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="So many different certificates may one licensed organisation check in an hour; beyond, "
        "it is told to wait and the fraud desk sees it.",
    )
    sms_gateway_url: str | None = Field(
        default=None,
        description="Where SMS are handed over: POST `{url}/messages` with `to` and `text` as JSON. "
        "Unset: the simulator of the demo; else news goes on paper.",
    )
    sms_gateway_token: SecretStr | None = Field(default=None, description="Bearer token for the SMS gateway.")
    telegram_url: str | None = Field(
        default=None,
        description="Where the Telegram Bot API is. Unset: the simulator of the demo; else it is not used.",
    )
    telegram_token: SecretStr | None = Field(default=None, description="Token of the Telegram bot.")
    mass_revocation_count: int = Field(
        default=20,
        ge=1,
        le=1_000_000,
        description="A case with more certificates than this waits before it is revoked, and can be stopped.",
    )
    mass_revocation_delay_minutes: int = Field(
        default_factory=_demo_or_production(0, 60),
        ge=0,
        le=10_080,
        description="How long such a case waits after the second officer agreed, in minutes. "
        "Demo 0, production 60.",
    )
    audit_checkpoint_seconds: int = Field(
        default_factory=_demo_or_production(10, 300),
        ge=1,
        le=86_400,
        description="Pause between two signed checkpoints over the audit logs, in seconds. "
        "Demo 10, production 300.",
    )
    retention_preview_days: int = Field(
        default=30, ge=1, le=3_650, description="Class lists that were never issued are kept so many days."
    )
    retention_sheet_days: int = Field(
        default=90, ge=1, le=3_650, description="Uploaded files of issued lists are kept so many days."
    )
    retention_session_days: int = Field(
        default=30, ge=1, le=3_650, description="Sessions that have ended are kept so many days."
    )
    retention_sign_in_days: int = Field(
        default=1, ge=1, le=3_650, description="Counts of tries to sign in are kept so many days."
    )
    retention_notice_days: int = Field(
        default=180,
        ge=30,
        le=3_650,
        description="Days until news that was read, handed over or sent is forgotten.",
    )
    retention_suspicion_days: int = Field(
        default=180,
        ge=30,
        le=3_650,
        description="Days until a report of a suspicion that was dealt with is forgotten.",
    )
    retention_access_days: int = Field(
        default=180,
        ge=1,
        le=180,
        description="Days that ended API keys, and the daily counts of their use, are kept.",
    )
    issue_quota_per_day: int = Field(
        default=0,
        ge=0,
        le=1_000_000,
        description="How many certificates one centre may issue in a day (UTC). 0: as many as it likes.",
    )
    backdating_days: int = Field(
        default=365,
        ge=0,
        le=36_500,
        description="An award dated more than so many days ago needs a written reason of its approver.",
    )
    assessments_per_day: int = Field(
        default=15,
        ge=1,
        le=1_000,
        description="More assessments by one assessor on one day in one list are shown to the approver.",
    )
    people_per_contact: int = Field(
        default=4,
        ge=1,
        le=1_000,
        description="More people of one list with one telephone or address are shown to the approver.",
    )
    trust_list_url: str | None = Field(
        default=None, description="Where the signed trust list is. Unset: <base URL>/trust/list."
    )
    trust_anchor: str | None = Field(
        default=None,
        description="The root keys pinned and how many of them must have signed, as 2:z6Mk…,z6Mk…,z6Mk… "
        "(multikeys; one key alone is 1 of 1). Demo: unset, the demo world's own. Production: at least 2.",
    )
    evidence_bundle: Path | None = Field(
        default=None,
        description="File of `passport bundle` that a verifier rests on in place of the network. A newer "
        "file put in its place is taken up while it runs. Unset: documents are fetched.",
    )
    root_key_passphrase: SecretStr | None = Field(
        default=None,
        description="Opens the file of an offline root key in `passport trust root`. Unset: it is asked for.",
    )
    default_cryptosuite: CryptosuiteName = Field(
        default="eddsa-rdfc-2022", description="Data Integrity cryptosuite of newly issued credentials."
    )
    rld_source: Literal["x-road", "register"] = Field(
        default="x-road",
        description="Who answers as the Returnee Labour Database: a security server, or the issuer's own "
        "register, filled by `passport rld import`.",
    )
    rld_url: str | None = Field(
        default=None,
        description="Where the Returnee Labour Database is asked (X-Road security server). "
        "Unset: the simulator of the demo. Production: required with x-road.",
    )
    rld_client: str = Field(
        default="CAMBODIA/GOV/MLVT-DEMO/SKILLS-PASSPORT",
        description="Our own X-Road subsystem, as instance/class/member/subsystem.",
    )
    rld_service: str = Field(
        default="CAMBODIA/GOV/MLVT-DEMO/RLD",
        description="The X-Road subsystem of the Returnee Labour Database.",
    )
    nssf_service: str | None = Field(
        default=None,
        description="The X-Road subsystem of the National Social Security Fund, asked for memberships. "
        "Unset: the simulator of the demo; else it is not asked, and lists are uploaded.",
    )
    health_service: str | None = Field(
        default=None,
        description="The X-Road subsystem of the Department of Labour Medicine, asked for health checks. "
        "Unset: the simulator of the demo; else it is not asked.",
    )
    rld_timeout_seconds: float = Field(
        default=10.0,
        gt=0,
        le=60,
        description="Whole time one call to the labour database may take, in seconds.",
    )
    rld_request_hash: Literal["recomputed", "present"] = Field(
        default="recomputed",
        description="recomputed: an answer counts only if its X-Road-Request-Hash is that of what was asked. "
        "present: it must only be there, for a proxy before the security server that changes headers.",
    )
    rld_tls_certificate: Path | None = Field(
        default=None, description="Client certificate (PEM) shown to the security server."
    )
    rld_tls_key: Path | None = Field(default=None, description="Private key (PEM) of that certificate.")
    rld_tls_authority: Path | None = Field(
        default=None,
        description="Certificates (PEM) the security server's own is checked against. Unset: the system's.",
    )
    trusted_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma-separated origins that may be fetched although they are http, on another port "
        "or on a private network.",
    )
    origin_aliases: dict[str, str] = Field(
        default_factory=dict,
        description="JSON object: origin in a URL to be fetched → origin really asked. "
        "Demo: https://<did_host> is always answered by the base URL.",
    )
    fetch_timeout_seconds: float = Field(
        default=5.0, gt=0, le=30, description="Whole time one outbound fetch may take, in seconds."
    )
    fetch_max_bytes: int = Field(
        default=2_000_000, ge=10_000, le=20_000_000, description="Largest answer an outbound fetch accepts."
    )
    max_body_bytes: int = Field(
        default=1_000_000,
        ge=10_000,
        le=20_000_000,
        description="Largest JSON or form body a request may have.",
    )
    max_upload_bytes: int = Field(
        default=10_000_000,
        ge=10_000,
        le=200_000_000,
        description="Largest multipart upload (class list, picture, PDF).",
    )
    body_timeout_seconds: float = Field(
        default=30.0, gt=0, le=600, description="Whole time a client may take to send a body, in seconds."
    )
    rate_limits: dict[str, str] = Field(
        default_factory=dict,
        description='JSON object of limits replacing the built-in ones, e.g. {"verify-page": "60/minute"}.',
    )

    _demo_secrets: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def is_demo(self) -> bool:
        """Whether everything must be visibly DEMO."""
        return self.mode == "demo"

    @property
    def is_https(self) -> bool:
        """Whether the public origin is https, so that cookies and HSTS may insist on it."""
        return self.base_url.startswith("https://")

    @property
    def trust_list_location(self) -> str:
        """URL of the signed trust list."""
        return self.trust_list_url or f"{self.base_url}/trust/list"

    @property
    def trust_root_location(self) -> str:
        """URL of the chain of root documents: beside the trust list."""
        return urljoin(self.trust_list_location, "root")

    def database_url_for(self, service: str) -> str | None:
        """The database URL of ``service``; None means its SQLite file in the data folder."""
        own: str | None = getattr(self, f"{require_service_name(service)}_database_url")
        return own or self.database_url

    def service_url(self, service: str) -> str:
        """The origin at which ``service`` is asked by its peers."""
        own: str | None = getattr(self, f"{require_service_name(service)}_url")
        return own or self.base_url

    def secret(self, name: str) -> str:
        """The value of one of ``SECRETS``; in the demo made at random once and kept in ``data_dir``."""
        if name not in SECRETS:
            raise ValueError("not the name of a secret")
        given: SecretStr | None = getattr(self, name)
        if given is not None:
            return given.get_secret_value()
        if name not in self._demo_secrets:
            self._demo_secrets[name] = secret_files.read_or_create(self.data_dir / "secrets" / name)
        return self._demo_secrets[name]

    @field_validator("base_url")
    @classmethod
    def _parse_base_url(cls, value: str) -> str:
        return parse_origin(value)

    @field_validator(*(f"{service}_url" for service in SERVICES))
    @classmethod
    def _parse_service_url(cls, value: str | None) -> str | None:
        return None if not value else parse_origin(value)

    @field_validator("trusted_origins", mode="before")
    @classmethod
    def _split_origins(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("trusted_origins")
    @classmethod
    def _parse_origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(parse_origin(origin) for origin in value)

    @field_validator("origin_aliases")
    @classmethod
    def _parse_aliases(cls, value: dict[str, str]) -> dict[str, str]:
        return {parse_origin(name): parse_origin(target) for name, target in value.items()}

    @field_validator("did_host")
    @classmethod
    def _check_did_host(cls, value: str) -> str:
        if not _DID_HOST.fullmatch(value) or len(value) > 253:
            raise ValueError("must be a lower-case host name, a port written as %3A8443")
        return value

    @field_validator("trust_anchor")
    @classmethod
    def _check_trust_anchor(cls, value: str | None) -> str | None:
        if not value:
            return None
        try:
            return parse_anchor(value, did="").text
        except MalformedValue as error:
            raise ValueError(str(error)) from None

    @field_validator("issuer_keyring")
    @classmethod
    def _check_issuer_keyring(cls, value: str | None) -> str | None:
        if not value:
            return None
        try:
            parse_token_uri(value)
        except MalformedValue as error:
            raise ValueError(str(error)) from None
        return value

    @field_validator("trust_list_url")
    @classmethod
    def _check_trust_list_url(cls, value: str | None) -> str | None:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError("must be an https URL")
        return value or None

    @field_validator("database_url", *(f"{service}_database_url" for service in SERVICES))
    @classmethod
    def _check_database_url(cls, value: str | None) -> str | None:
        if value and not value.startswith(("postgresql://", "postgresql+psycopg://", "sqlite:///")):
            raise ValueError("must begin with postgresql:// (or, for one service, sqlite:///)")
        return value or None

    @field_validator("rate_limits")
    @classmethod
    def _check_rate_limits(cls, value: dict[str, str]) -> dict[str, str]:
        from limits import parse_many  # local: limits takes 0.2 s to import, for every command

        for name, limit in value.items():
            if not _RATE_NAME.fullmatch(name):
                raise ValueError("has a name that is not a rate limit's")
            parse_many(limit)
        return value

    @model_validator(mode="after")
    def _require_separate_databases(self) -> Self:
        if self.database_url and self.database_url.startswith("sqlite"):
            raise ValueError("database_url: one SQLite file cannot hold all services; leave it unset")
        if self.workers > 1 and (self.database_url_for("issuer") or "sqlite").startswith("sqlite"):
            raise ValueError("workers: on SQLite one worker at a time issues; several need PostgreSQL")
        return self

    @model_validator(mode="after")
    def _require_production_safety(self) -> Self:
        if self.mode == "production":
            problems = tuple(production_problems(self))
            if problems:
                raise ValueError(_SEPARATOR.join(problems))
        return self


def require_service_name(service: str) -> str:
    """``service`` if it is one of ``SERVICES``; raises ``ValueError`` otherwise."""
    if service not in SERVICES:
        raise ValueError("not the name of a service")
    return service


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process, from the environment; ``overrides`` win over it.

    Raises ``SettingsError`` with one line per problem, naming the variable and never its value.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = []
        for item in error.errors(include_input=False, include_context=False, include_url=False):
            if item["type"] == "default_factory_not_called":
                continue  # only says that another setting was wrong, which has a line of its own
            message = item["msg"].removeprefix("Value error, ")
            if item["loc"]:
                message = f"{item['loc'][0]}: {message}"
            problems += [PREFIX + re.sub(r"^\w+", _upper, line) for line in message.split(_SEPARATOR)]
        raise SettingsError(tuple(problems)) from None


def _upper(match: re.Match[str]) -> str:
    return match.group().upper()


def unknown_variables(environ: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Names of ``PASSPORT_…`` variables that no setting reads: misspelt ones, most likely."""
    known = {PREFIX + name.upper() for name in Settings.model_fields} | _READ_ELSEWHERE
    names = os.environ if environ is None else environ
    return tuple(
        sorted(name for name in names if name.upper().startswith(PREFIX) and name.upper() not in known)
    )


# Read by the test suite only: it names an installed browser.
_READ_ELSEWHERE: Final = frozenset({"PASSPORT_CHROMIUM"})
