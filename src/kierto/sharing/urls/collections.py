"""Collections: their own pages, members, terms, plans and settings."""

from __future__ import annotations

from django.urls import URLPattern, path

from kierto.sharing.views import collections, members, terms

COLLECTION = "sharing/collections/<slug:slug>/"

paths: list[URLPattern] = [
    path("sharing/collections/", collections.collections, name="collections"),
    path("sharing/collections/new/", collections.new, name="collection_new"),
    path(COLLECTION, collections.collection, name="collection"),
    path(f"{COLLECTION}join/", members.join, name="join"),
    path(f"{COLLECTION}settings/", collections.settings, name="collection_settings"),
    path(f"{COLLECTION}move/", collections.move, name="collection_move"),
    path(f"{COLLECTION}terms/", terms.terms, name="terms"),
    path(f"{COLLECTION}terms/new/", terms.terms_new, name="terms_new"),
    path(f"{COLLECTION}terms/<int:pk>/", terms.terms_edit, name="terms_edit"),
    path(f"{COLLECTION}terms/<int:pk>/general/", terms.terms_general, name="terms_general"),
    path(f"{COLLECTION}terms/<int:pk>/remove/", terms.terms_remove, name="terms_remove"),
    path(f"{COLLECTION}plans/", terms.plans, name="plans"),
    path(f"{COLLECTION}plans/<int:pk>/", terms.plan, name="plan"),
    path(f"{COLLECTION}groups/", terms.group_add, name="group_add"),
    path(f"{COLLECTION}groups/<int:pk>/", terms.group_rename, name="group_rename"),
    path(f"{COLLECTION}members/", members.members, name="members"),
    path(f"{COLLECTION}members/new/", members.enrol, name="member_new"),
    path(f"{COLLECTION}members/<int:pk>/", members.member, name="member"),
    path(f"{COLLECTION}members/<int:pk>/renew/", members.renew, name="member_renew"),
    path(f"{COLLECTION}members/<int:pk>/agree/", members.agree, name="member_agree"),
    path(f"{COLLECTION}members/<int:pk>/block/", members.block, name="member_block"),
    path(f"{COLLECTION}members/<int:pk>/unblock/", members.unblock, name="member_unblock"),
    path(f"{COLLECTION}members/<int:pk>/groups/", members.groups, name="member_groups"),
]
