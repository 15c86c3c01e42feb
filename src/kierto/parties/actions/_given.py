"""Checks that several actions make on what they are given."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import models

from kierto.core.geography import Point
from kierto.parties.errors import (
    BadAddress,
    NameMissing,
    NoSuchPoint,
    OutOfRange,
    TooLong,
    UnknownChoice,
    UnknownCountry,
    UnknownLanguage,
    UnknownTimeZone,
)

COUNTRY_LETTERS = 2


def name_of(text: str) -> str:
    """The trimmed name; raises :class:`NameMissing` when nothing is left."""
    name = text.strip()
    if not name:
        raise NameMissing
    return name


def country_of(code: str, *, may_be_empty: bool = False) -> str:
    """An ISO 3166 alpha-2 code in capitals."""
    country = code.strip().upper()
    if not country and may_be_empty:
        return ""
    if len(country) != COUNTRY_LETTERS or not country.isascii() or not country.isalpha():
        raise UnknownCountry(country=code)
    return country


def language_of(code: str) -> str:
    """A language of the interface; a regional variant counts as its language."""
    spoken = {spoken for spoken, _name in settings.LANGUAGES}
    for language in (code, code.split("-", maxsplit=1)[0]):
        if language in spoken:
            return language
    raise UnknownLanguage(language=code)


def timezone_of(name: str) -> str:
    """A name of the time zone database."""
    if name not in available_timezones():
        raise UnknownTimeZone(timezone=name)
    return name


def point_of(latitude: float, longitude: float) -> Point:
    """The point, if there is one (NaN and infinity are none)."""
    try:
        return Point(float(latitude), float(longitude))
    except ValueError as error:
        raise NoSuchPoint(latitude=latitude, longitude=longitude) from error


def choice_of(value: str, choices: Iterable[str], field: str) -> str:
    """The value, if it is one of the choices."""
    known = list(choices)
    if value not in known:
        raise UnknownChoice(field=field, value=value, choices=", ".join(known))
    return value


def website_of(address: str) -> str:
    """A web address, or nothing; other schemes than http and https run in the reader's page."""
    address = address.strip()
    if address:
        try:
            URLValidator(schemes=["http", "https"])(address)
        except ValidationError as error:
            raise BadAddress(field="website", address=address) from error
    return address


def email_of(address: str, *, may_be_empty: bool = True) -> str:
    """An e-mail address in small letters, or nothing."""
    address = address.strip().lower()
    if address or not may_be_empty:
        try:
            validate_email(address)
        except ValidationError as error:
            raise BadAddress(field="email", address=address) from error
    return address


def at_least(value: object, least: int, field: str) -> float:
    """A number that is not below ``least`` (and not NaN)."""
    try:
        number = float(str(value))
    except ValueError:
        number = float("nan")
    if not least <= number < float("inf"):
        raise OutOfRange(field=field, value=value, least=least)
    return number


def fit(row: models.Model) -> None:
    """Refuse texts longer than their columns: SQLite would keep them, PostgreSQL would stop."""
    for field in row._meta.concrete_fields:
        limit = getattr(field, "max_length", None)
        value = getattr(row, field.attname)
        if limit and isinstance(value, str) and len(value) > limit:
            raise TooLong(field=field.name, length=len(value), limit=limit)
