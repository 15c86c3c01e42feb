"""Forms about people and organisations."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kierto.parties.models import User


class SignupForm(forms.Form):
    """What a new resident is asked for, besides the e-mail address."""

    name = forms.CharField(label=_("Your name"), max_length=200)

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the account exists."""
