"""The settings of the menus for phones without a browser. Part of ``runtime.settings``."""

import hmac
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

if TYPE_CHECKING:
    from runtime.settings import Settings

_MIN_TOKEN: Final = 32
_MAX_TOKEN: Final = 256


class MenuDoor(StrEnum):
    """Through which gateway somebody asks."""

    TELEGRAM = "telegram"
    SMS = "sms"
    USSD = "ussd"


class MenuSettings(BaseSettings):
    """What a deployment may set about its menus; a door without a token stays shut."""

    telegram_menu_token: SecretStr | None = Field(
        default=None,
        min_length=_MIN_TOKEN,
        max_length=_MAX_TOKEN,
        description="The secret_token of the Telegram bot's webhook: 32 to 256 letters, digits, _ and -. "
        "Unset: the simulator of the demo; else the bot answers nobody.",
    )
    sms_menu_token: SecretStr | None = Field(
        default=None,
        min_length=_MIN_TOKEN,
        max_length=_MAX_TOKEN,
        description="Bearer token by which the SMS gateway hands over what came in, at least 32 characters. "
        "Unset: the simulator of the demo; else nobody is answered.",
    )
    ussd_menu_token: SecretStr | None = Field(
        default=None,
        min_length=_MIN_TOKEN,
        max_length=_MAX_TOKEN,
        description="Bearer token of the USSD gateway, at least 32 characters. "
        "Unset: the simulator of the demo; else nobody is answered.",
    )
    retention_menu_days: int = Field(
        default=30,
        ge=1,
        le=365,
        description="Days that the language somebody chose in the menus, and keyed hashes of their messages, "
        "are kept.",
    )


def door_token(settings: "Settings", door: MenuDoor) -> str | None:
    """What a gateway shows at its door; None: the door is shut.

    In a demo the simulators and the wallet, which share the services' secret, draw it from that.
    """
    given: SecretStr | None = getattr(settings, f"{door.value}_menu_token")
    if given is not None:
        return given.get_secret_value()
    if not settings.is_demo:
        return None
    secret = settings.secret("service_secret").encode()
    return hmac.digest(secret, f"menu door {door.value}".encode(), "sha256").hex()
