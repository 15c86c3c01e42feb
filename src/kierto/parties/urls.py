from __future__ import annotations

from django.urls import path

from kierto.parties.views import districts, me, members, organizations, places, roles

app_name = "parties"

urlpatterns = [
    path("me/", me.me, name="me"),
    path("me/consent/", me.consent, name="consent"),
    path("me/data.json", me.download, name="download"),
    path("me/erase/", me.erase, name="erase"),
    path("me/invitations/<uuid:pk>/", me.answer_invitation, name="answer_invitation"),
    path("me/places/new/", places.my_place_new, name="my_place_new"),
    path("accounts/2fa/", me.passkeys, name="passkeys"),
    path("organizations/", organizations.organizations, name="organizations"),
    path("organizations/new/", organizations.organization_new, name="organization_new"),
    path("organizations/import/", organizations.organizations_import, name="organizations_import"),
    path("organizations/<slug:slug>/", organizations.organization, name="organization"),
    path(
        "organizations/<slug:slug>/edit/",
        organizations.organization_edit,
        name="organization_edit",
    ),
    path("organizations/<slug:slug>/members/", members.members, name="members"),
    path(
        "organizations/<slug:slug>/members/<uuid:pk>/role/",
        members.member_role,
        name="member_role",
    ),
    path(
        "organizations/<slug:slug>/members/<uuid:pk>/remove/",
        members.member_remove,
        name="member_remove",
    ),
    path(
        "organizations/<slug:slug>/invitations/<uuid:pk>/withdraw/",
        members.invitation_withdraw,
        name="invitation_withdraw",
    ),
    path(
        "organizations/<slug:slug>/places/new/",
        places.organization_place_new,
        name="organization_place_new",
    ),
    path("places/<uuid:pk>/edit/", places.place_edit, name="place_edit"),
    path("places/<uuid:pk>/remove/", places.place_remove, name="place_remove"),
    path("districts/", districts.districts, name="districts"),
    path("districts/new/", districts.district_new, name="district_new"),
    path("districts/<slug:slug>/", districts.district, name="district"),
    path("districts/<slug:slug>/edit/", districts.district_edit, name="district_edit"),
    path("administration/roles/", roles.roles, name="roles"),
    path("administration/roles/<int:pk>/dismiss/", roles.dismiss, name="dismiss"),
]
