"""Is what is written still what was written?"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kierto.ledger import actions, permissions
from kierto.ledger.models import ChainCheck, ChainHead
from kierto.parties.requests import reader

SHOWN = 10


@require_http_methods(["GET", "HEAD", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The state of the chain; POST reads it through now."""
    by = reader(request)
    allowed = permissions.can_check(by)
    if request.method == "POST":
        allowed.require()
        check = actions.check_chain(by=by)  # type: ignore[arg-type]
        if check.ok:
            messages.success(request, _("The chain was read from end to end. It holds."))
        else:
            messages.error(request, _("The chain does not hold. See below where it breaks."))
        return redirect("ledger:verify")
    checks = list(ChainCheck.objects.all()[:SHOWN])
    return render(
        request,
        "ledger/verify.html",
        {
            "head": ChainHead.objects.filter(pk=1).first(),
            "checks": checks,
            "check": checks[0] if checks else None,
            "may_check": allowed,
        },
    )
