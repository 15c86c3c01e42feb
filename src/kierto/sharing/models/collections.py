"""Collections, the terms under which they lend, and who is a member."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from kierto.parties.models import Agent, Place
from kierto.sharing.states import Per, ThingState, Within


class Collection(models.Model):
    """A library of tools, a shelf of toys, the rooms of a house: what one owner shares.

    ``opening_hours`` is in the syntax of OpenStreetMap; public holidays are those of
    ``holidays`` (ISO 3166 country). Times of day are in ``timezone``.
    """

    slug = models.SlugField(max_length=80, unique=True)
    owner = models.ForeignKey(Agent, on_delete=models.PROTECT, related_name="collections")
    place = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="collections")
    name = models.CharField(_("name"), max_length=160)
    description = models.TextField(_("description"), blank=True)
    contact = models.CharField(_("how to reach the desk"), max_length=200, blank=True)
    opening_hours = models.CharField(
        _("opening hours"),
        max_length=500,
        default="24/7",
        help_text=_("As in OpenStreetMap, for example: Mo-Fr 10:00-18:00; PH off"),
    )
    holidays = models.CharField(_("country of the public holidays"), max_length=2, default="FI")
    timezone = models.CharField(_("time zone"), max_length=60, default="Europe/Helsinki")
    repairer = models.ForeignKey(
        Agent, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(max_length=8, choices=ThingState, default=ThingState.DRAFT)
    created_at = models.DateTimeField(default=now, editable=False)

    class Meta:
        verbose_name = _("collection")
        verbose_name_plural = _("collections")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sharing_collection_state_known", condition=Q(state__in=ThingState.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Group(models.Model):
    """People of a collection for whom other terms hold: schools, staff, neighbours."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="groups")
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="sharing_one_group_each", fields=["collection", "name"]),
        ]

    def __str__(self) -> str:
        return self.name


class Terms(models.Model):
    """The rules of borrowing: one set is the collection's own, others hold for some things.

    Lengths are minutes, money euros. Without ``groups`` everybody may borrow who meets the rest.
    """

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="terms")
    name = models.CharField(_("name"), max_length=80)
    is_default = models.BooleanField(_("for everything without terms of its own"), default=False)
    membership_needed = models.BooleanField(_("only for members"), default=False)
    groups = models.ManyToManyField(
        Group, blank=True, related_name="terms", verbose_name=_("only for these groups")
    )
    approval_needed = models.BooleanField(_("every booking is approved"), default=False)
    within = models.CharField(_("opening hours"), max_length=6, choices=Within, default=Within.ENDS)
    step_minutes = models.PositiveIntegerField(_("times in steps of (minutes)"), default=15)
    shortest_minutes = models.PositiveIntegerField(_("shortest booking (minutes)"), default=15)
    longest_minutes = models.PositiveIntegerField(
        _("longest booking (minutes)"), default=14 * 24 * 60
    )
    notice_minutes = models.PositiveIntegerField(_("book ahead at least (minutes)"), default=0)
    horizon_days = models.PositiveIntegerField(_("book ahead at most (days)"), default=180)
    buffer_before_minutes = models.PositiveIntegerField(
        _("free before each booking (minutes)"), default=0
    )
    buffer_after_minutes = models.PositiveIntegerField(
        _("free after each booking (minutes)"), default=0
    )
    most_at_once = models.PositiveIntegerField(
        _("most things a borrower may have or have booked"), null=True, blank=True
    )
    renewals = models.PositiveIntegerField(_("how often a loan is renewed"), default=2)
    hold_hours = models.PositiveIntegerField(
        _("how long it is held for who waited (hours)"), default=48
    )
    grace_minutes = models.PositiveIntegerField(
        _("how long it waits to be picked up (minutes)"), default=24 * 60
    )
    price = models.DecimalField(_("price in euros"), max_digits=9, decimal_places=2, default=0)
    price_per = models.CharField(_("price for"), max_length=8, choices=Per, default=Per.BOOKING)
    deposit = models.DecimalField(_("deposit in euros"), max_digits=9, decimal_places=2, default=0)
    fine_per_day = models.DecimalField(
        _("fine in euros for each day late"), max_digits=9, decimal_places=2, default=0
    )
    fine_most = models.DecimalField(
        _("highest fine in euros"), max_digits=9, decimal_places=2, default=0
    )

    class Meta:
        verbose_name = _("lending terms")
        verbose_name_plural = _("lending terms")
        ordering: ClassVar = ["-is_default", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="sharing_one_default_terms",
                fields=["collection"],
                condition=Q(is_default=True),
            ),
            models.CheckConstraint(
                name="sharing_terms_lengths",
                condition=Q(
                    step_minutes__gte=1,
                    shortest_minutes__gte=1,
                    longest_minutes__gte=F("shortest_minutes"),
                ),
            ),
            models.CheckConstraint(
                name="sharing_terms_money",
                condition=Q(price__gte=0, deposit__gte=0, fine_per_day__gte=0, fine_most__gte=0),
            ),
            models.CheckConstraint(
                name="sharing_terms_words_known",
                condition=Q(within__in=Within.values, price_per__in=Per.values),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MembershipPlan(models.Model):
    """A way to be a member: for so many months, at a price, and in a group if it says so."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="plans")
    name = models.CharField(_("name"), max_length=80)
    months = models.PositiveSmallIntegerField(_("months"), default=12)
    price = models.DecimalField(_("price in euros"), max_digits=9, decimal_places=2, default=0)
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="plans"
    )
    is_open = models.BooleanField(_("open to new members"), default=True)

    class Meta:
        verbose_name = _("membership plan")
        verbose_name_plural = _("membership plans")
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="sharing_plan_lasts", condition=Q(months__gte=1, price__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An agent is a member of a collection; ``number`` stands on the card that the desk scans.

    Without ``until`` it has no end. Blocked members borrow nothing until somebody lifts it.
    """

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="memberships")
    agent = models.ForeignKey(
        Agent, on_delete=models.PROTECT, related_name="collection_memberships"
    )
    number = models.CharField(_("card number"), max_length=20)
    plan = models.ForeignKey(
        MembershipPlan, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships"
    )
    groups = models.ManyToManyField(Group, blank=True, related_name="memberships")
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True, blank=True)
    blocked_at = models.DateTimeField(null=True, blank=True)
    blocked_reason = models.CharField(_("why blocked"), max_length=300, blank=True)
    agreed_at = models.DateTimeField(_("agreed to the rules"), null=True, blank=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="sharing_one_membership_each", fields=["collection", "agent"]
            ),
            models.UniqueConstraint(
                name="sharing_one_card_number_each", fields=["collection", "number"]
            ),
            models.CheckConstraint(
                name="sharing_membership_ends_after_start",
                condition=Q(until__isnull=True) | Q(until__gte=F("since")),
            ),
            models.CheckConstraint(
                name="sharing_blocked_says_why",
                condition=Q(blocked_at__isnull=True) | ~Q(blocked_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.number
