"""Writing somebody down who has no account: on the page of members, and at the desk."""

from __future__ import annotations

from kierto.parties.models import Agent
from kierto.sharing.actions.members import agree, enrol_without_account
from kierto.sharing.forms.members import EnrolForm
from kierto.sharing.models import Collection, Membership


def enrol_from(form: EnrolForm, collection: Collection, *, by: Agent) -> Membership:
    """The member of a valid form.

    Raises:
        What :func:`~kierto.sharing.actions.members.enrol_without_account` raises.
    """
    data = form.cleaned_data
    made = enrol_without_account(
        collection,
        name=data["name"],
        phone=data["phone"],
        language=form.chosen_language(),
        plan=form.chosen_plan(),
        number=data["number"],
        by=by,
    )
    return agree(made, by=by) if data["signed"] else made
