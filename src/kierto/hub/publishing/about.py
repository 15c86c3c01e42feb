"""What is said of a data set in its files and in the headers that come with them."""

from __future__ import annotations

from dataclasses import dataclass

from kierto.hub.datasets.licences import LICENCES
from kierto.hub.models import DataSet


@dataclass(frozen=True, slots=True)
class About:
    """Title, owner, terms and where it comes from, all as plain text.

    Attributes:
        licence: key of SPDX.
        licence_url: where the terms stand; empty where they are agreed with each who asks.
        source: the page of the data set.
    """

    title: str
    owner: str
    licence: str
    licence_url: str
    source: str

    @property
    def facts(self) -> dict[str, str]:
        """As members of a file; empty ones are left out."""
        said = {
            "title": self.title,
            "publisher": self.owner,
            "license": self.licence_url or self.licence,
            "source": self.source,
        }
        return {name: text for name, text in said.items() if text}


def about(data_set: DataSet, base: str) -> About:
    """What its files say of it; ``base`` is scheme and host of this node."""
    licence = LICENCES.get(data_set.licence)
    return About(
        title=data_set.title,
        owner=data_set.owner.name,
        licence=data_set.licence,
        licence_url=licence.url if licence else "",
        source=page_of(data_set, base),
    )


def page_of(data_set: DataSet, base: str) -> str:
    """The address of its page."""
    return f"{base}/data/sets/{data_set.slug}/"
