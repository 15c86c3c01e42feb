"""Where sign-in meets people: every account gets its person and agent, and keeps its language."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from kierto.parties import actions
from kierto.parties.models import Person, User
from kierto.parties.queries import system_agent


def welcome(user: User, name: str) -> Person:
    """The person of a new account, in the language in which they signed up."""
    return actions.register_person(
        user=user,
        # A single sign-on may know no name; the e-mail address's first part is the person's own.
        name=name.strip() or user.email.partition("@")[0],
        language=get_language() or settings.LANGUAGE_CODE,
        by=system_agent(),
    )


class AccountAdapter(DefaultAccountAdapter):
    """Accounts made on the sign-up page, and every sign-in."""

    def save_user(
        self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True
    ) -> User:
        """Save the account and, with it, the person."""
        user = super().save_user(request, user, form, commit=commit)
        if commit:
            welcome(user, form.cleaned_data.get("name", ""))
        return user

    def get_login_stages(self) -> list[str]:
        """A passkey stands in the place of the code by e-mail, not on top of it.

        Else whoever loses a telephone would lose the account with it.
        """
        stages: list[str] = super().get_login_stages()
        return [stage for stage in stages if stage != "allauth.mfa.stages.AuthenticateStage"]

    def post_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse:
        """On a device that has not chosen a language, go on in the person's own."""
        response = super().post_login(request, user, **options)
        person = Person.objects.filter(user=user).first()
        if person is not None and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            remember_language(response, person.language)
        return response


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    """Accounts made by the city's single sign-on."""

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never: everybody reads the terms once and agrees to them by their own hand."""
        return False

    def get_signup_form_initial_data(self, sociallogin: Any) -> dict[str, Any]:
        """What the sign-on says of the name is proposed, not imposed."""
        data = sociallogin.account.extra_data or {}
        claims = data.get("userinfo") or data.get("id_token") or data
        initial = super().get_signup_form_initial_data(sociallogin)
        return {**initial, "name": str(claims.get("name") or "")}


def remember_language(response: HttpResponse, language: str) -> None:
    """Set the language of this device, as the language form of the page does."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
