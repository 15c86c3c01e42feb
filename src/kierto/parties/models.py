"""People, organisations, roles, places and consent.

An agent is an opaque id: the ledger and the hub know nothing else of a person. Names, addresses
and contacts stand in this app only, so that erasing a person empties rows here and the ledger
still adds up.
"""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kierto.core.geography import ROAD_FACTOR, Point


class AgentType(models.TextChoices):
    """What sort of agent stands behind the opaque id (ValueFlows: Person, Organization)."""

    PERSON = "person", _("Person")
    ORGANIZATION = "organization", _("Organisation")
    SYSTEM = "system", _("This Kierto node")


class Agent(models.Model):
    """Somebody who can provide, receive, promise or record. Its id says nothing about it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.CharField(max_length=12, choices=AgentType)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("agent")
        verbose_name_plural = _("agents")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="parties_agent_type_known", condition=Q(type__in=AgentType.values)
            ),
            models.UniqueConstraint(
                name="parties_one_system_agent", fields=["type"], condition=Q(type="system")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """The name that everybody may read: a person's own only with their consent.

        Select ``person`` and ``organization`` along to avoid queries.
        """
        match self.type:
            case AgentType.ORGANIZATION if hasattr(self, "organization"):
                return self.organization.name
            case AgentType.PERSON if hasattr(self, "person"):
                return self.person.public_name
            case AgentType.SYSTEM:
                return "Kierto"
        return str(_("Unknown"))


class UserManager(BaseUserManager["User"]):
    """Accounts are found by e-mail address, whatever its case."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        """An account; without a password it signs in by e-mail code or passkey."""
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        """For ``manage createsuperuser``."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """An account to sign in with: nothing but an e-mail address."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("e-mail address"), unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="parties_user_email_any_case"),
        ]

    def __str__(self) -> str:
        return self.email


class Person(models.Model):
    """The private side of a person. Emptied when the person asks to be erased."""

    agent = models.OneToOneField(
        Agent, on_delete=models.PROTECT, primary_key=True, related_name="person"
    )
    user = models.OneToOneField(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="person"
    )
    name = models.CharField(_("name"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en")
    home_district = models.ForeignKey(
        "parties.District", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    notify_by_email = models.BooleanField(_("send me notices by e-mail"), default=True)
    # Follows the open consent "show_name"; kept here so that lists need no query per name.
    name_is_public = models.BooleanField(default=False, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="parties_erased_person_is_empty",
                condition=Q(erased_at__isnull=True)
                | Q(
                    name="",
                    phone="",
                    user__isnull=True,
                    home_district__isnull=True,
                    name_is_public=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.public_name

    @property
    def public_name(self) -> str:
        """The name if the person agreed to show it, else a word that stands for it."""
        if self.erased_at is not None:
            return str(_("Former resident"))
        return self.name if self.name_is_public and self.name else str(_("A resident"))


class Helix(models.TextChoices):
    """The four groups of a district partnership (quadruple helix)."""

    COMPANY = "company", _("Company")
    RESEARCH = "research", _("Research and education")
    RESIDENTS = "residents", _("Residents")
    PUBLIC = "public", _("Public body")


class Organization(models.Model):
    """A company, school, association or public body that takes part."""

    agent = models.OneToOneField(
        Agent, on_delete=models.PROTECT, primary_key=True, related_name="organization"
    )
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    helix = models.CharField(_("group"), max_length=12, choices=Helix)
    description = models.TextField(_("description"), blank=True)
    website = models.URLField(_("website"), blank=True)
    email = models.EmailField(_("contact e-mail"), blank=True)
    registry_number = models.CharField(_("business id"), max_length=40, blank=True)
    is_partner = models.BooleanField(
        _("partner of the district"),
        default=False,
        help_text=_("Partners see offers and needs that are shown to partners only."),
    )

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="parties_organization_helix_known", condition=Q(helix__in=Helix.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipRole(models.TextChoices):
    """What a person may do for an organisation."""

    MEMBER = "member", _("Member")
    ADMIN = "admin", _("Administrator")


class Membership(models.Model):
    """A person acts for an organisation."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="memberships"
    )
    role = models.CharField(max_length=8, choices=MembershipRole, default=MembershipRole.MEMBER)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="parties_one_membership_each", fields=["person", "organization"]
            ),
            models.CheckConstraint(
                name="parties_membership_role_known", condition=Q(role__in=MembershipRole.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} – {self.organization} ({self.role})"


class Invitation(models.Model):
    """An organisation asks whoever owns an e-mail address to act for it.

    Accepted or declined, the row goes: the membership is the record.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="invitations"
    )
    email = models.EmailField(_("e-mail address"))
    role = models.CharField(
        _("role"), max_length=8, choices=MembershipRole, default=MembershipRole.MEMBER
    )
    language = models.CharField(_("language"), max_length=8, default="en")
    invited_by = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering: ClassVar = ["created_at"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organization", Lower("email"), name="parties_one_invitation_each"
            ),
            models.CheckConstraint(
                name="parties_invitation_role_known", condition=Q(role__in=MembershipRole.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.role}"


class District(models.Model):
    """An area of the city that runs its circulation together.

    ``area`` is a GeoJSON Polygon or MultiPolygon (WGS 84).
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    city = models.CharField(_("city"), max_length=120)
    country = models.CharField(_("country"), max_length=2, help_text=_("ISO 3166 code"))
    area = models.JSONField(_("area"), help_text=_("GeoJSON Polygon or MultiPolygon"))
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Helsinki")
    road_factor = models.FloatField(_("road distance over straight distance"), default=ROAD_FACTOR)
    carbon_price = models.DecimalField(
        _("carbon price (euros per tonne CO2e)"), max_digits=8, decimal_places=2, default=80
    )
    is_illustration = models.BooleanField(_("illustration, not a real record"), default=False)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("district")
        verbose_name_plural = _("districts")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="parties_district_road_factor", condition=Q(road_factor__gte=1)
            ),
            models.CheckConstraint(
                name="parties_district_carbon_price", condition=Q(carbon_price__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Appointment(models.Model):
    """A person serves the city: as operator of a district, or as admin of the whole node."""

    class Role(models.TextChoices):
        OPERATOR = "operator", _("District operator")
        NODE_ADMIN = "node_admin", _("Node administrator")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="appointments")
    role = models.CharField(max_length=12, choices=Role)
    district = models.ForeignKey(
        District, on_delete=models.CASCADE, null=True, blank=True, related_name="appointments"
    )

    class Meta:
        verbose_name = _("appointment")
        verbose_name_plural = _("appointments")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="parties_operator_has_district",
                condition=Q(role="operator", district__isnull=False)
                | Q(role="node_admin", district__isnull=True),
            ),
            # Two, since SQLite counts empty districts as different.
            models.UniqueConstraint(
                name="parties_one_operator_each",
                fields=["person", "district"],
                condition=Q(role="operator"),
            ),
            models.UniqueConstraint(
                name="parties_one_node_admin_each",
                fields=["person"],
                condition=Q(role="node_admin"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.role})"


class Place(models.Model):
    """A point with an address, in at most one district. ``district`` follows from the point."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agent = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="places")
    name = models.CharField(_("name"), max_length=200, blank=True)
    street = models.CharField(_("street"), max_length=200, blank=True)
    postcode = models.CharField(_("postcode"), max_length=20, blank=True)
    locality = models.CharField(_("town"), max_length=120, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    district = models.ForeignKey(
        District, on_delete=models.SET_NULL, null=True, blank=True, related_name="places"
    )

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering: ClassVar = ["name", "street"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="parties_place_on_earth",
                condition=Q(
                    latitude__gte=-90, latitude__lte=90, longitude__gte=-180, longitude__lte=180
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name or ", ".join(filter(None, [self.street, self.locality]))

    @property
    def point(self) -> Point:
        """The point, for distances."""
        return Point(self.latitude, self.longitude)


class Consent(models.Model):
    """A person agreed to a purpose, in words of a given version, and may have withdrawn."""

    class Purpose(models.TextChoices):
        TERMS = "terms", _("Terms of use")
        SHOW_NAME = "show_name", _("Show my name beside what I do")
        RESEARCH = "research", _("Anonymous use for research")

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=12, choices=Purpose)
    text_version = models.CharField(max_length=20)
    given_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering: ClassVar = ["-given_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="parties_consent_withdrawn_after_given",
                condition=Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=models.F("given_at")),
            ),
            models.UniqueConstraint(
                name="parties_one_open_consent",
                fields=["person", "purpose"],
                condition=Q(withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.purpose}"
