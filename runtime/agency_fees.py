"""What a deployment may say about agency fees: only with its source, and only where it is set."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class AgencyFee(BaseModel):
    """What the law or an agreement says about fees for one destination, word for word, with its source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1, max_length=500)
    source: str = Field(min_length=1, max_length=300)
    effective_from: date
