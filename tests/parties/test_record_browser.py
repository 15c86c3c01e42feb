"""Django's administration: node admins read, nobody writes."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from kierto.parties.record_browser import ReadOnly
from tests.factories.parties import ROLES

pytestmark = pytest.mark.django_db


def test_only_node_admins_open_it(world, sign_in):
    answers = [sign_in(world.agents[role]).get("/admin/").status_code for role in ROLES]
    assert answers == [302, 302, 302, 302, 302, 200]
    visitor = sign_in(None).get("/admin/", follow=True)
    assert visitor.redirect_chain[-1][0].startswith(reverse("account_login"))
    assert sign_in(world.agents["member"]).get("/admin/", follow=True).status_code == 403


def test_every_list_of_ours_opens_and_nothing_can_be_written(world, sign_in, rf):
    client = sign_in(world.agents["node_admin"])
    request = rf.get("/admin/")
    request.agent = world.agents["node_admin"]
    ours = [
        (model, browser)
        for model, browser in admin.site._registry.items()
        if model.__module__.startswith("kierto.")
    ]
    assert ours
    for model, browser in ours:
        name = f"{model._meta.app_label}_{model._meta.model_name}"
        assert isinstance(browser, ReadOnly), name
        assert not browser.has_add_permission(request), name
        assert not browser.has_change_permission(request), name
        assert not browser.has_delete_permission(request), name
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 200, name
        assert client.get(reverse(f"admin:{name}_add")).status_code == 403, name


def test_a_row_opens_for_reading_and_refuses_a_post(world, sign_in):
    client = sign_in(world.agents["node_admin"])
    address = reverse("admin:parties_organization_change", args=[world.organization.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"name": "Hacked"}).status_code == 403
    delete = reverse("admin:parties_organization_delete", args=[world.organization.pk])
    assert client.post(delete, {"post": "yes"}).status_code == 403


def test_what_other_packages_registered_stays_closed(world, sign_in):
    client = sign_in(world.agents["node_admin"])
    for model in admin.site._registry:
        if not model.__module__.startswith("kierto."):
            name = f"{model._meta.app_label}_{model._meta.model_name}"
            assert client.get(reverse(f"admin:{name}_changelist")).status_code == 403, name
