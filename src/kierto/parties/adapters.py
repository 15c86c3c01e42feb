"""Where sign-in meets people: every account gets its person and agent."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Accounts made on the sign-up page."""


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Accounts made by the city's single sign-on."""
