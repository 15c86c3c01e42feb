"""Addresses of the exchange."""

from __future__ import annotations

from django.urls import path

from kierto.exchange.views import (
    agreements,
    imports,
    intents,
    market,
    posting,
    processors,
    proposals,
)

app_name = "exchange"

urlpatterns = [
    path("exchange/", market.market, name="market"),
    path("exchange/feed.rss", market.feed, name="feed"),
    path("exchange/kinds/", posting.kinds, name="kinds"),
    path("exchange/post/", posting.start, name="post"),
    path("exchange/post/<str:token>/<str:step>/", posting.step, name="post_step"),
    path("exchange/mine/", intents.mine, name="mine"),
    path("exchange/import/", imports.import_table, name="import"),
    path("exchange/processors/", processors.processors, name="processors"),
    path("exchange/processors/new/", processors.add, name="processor_new"),
    path("exchange/processors/<uuid:pk>/", processors.processor, name="processor"),
    path("exchange/processors/<uuid:pk>/edit/", processors.edit, name="processor_edit"),
    path("exchange/processors/<uuid:pk>/move/", processors.move, name="processor_move"),
    path("exchange/processors/<uuid:pk>/run/", processors.run, name="run_new"),
    path("exchange/photos/<int:pk>/", intents.photo, name="photo"),
    path("exchange/photos/<int:pk>/remove/", intents.photo_remove, name="photo_remove"),
    path("exchange/<uuid:pk>/", intents.intent, name="intent"),
    path("exchange/<uuid:pk>/edit/", intents.edit, name="intent_edit"),
    path("exchange/<uuid:pk>/move/", intents.move, name="intent_move"),
    path("exchange/<uuid:pk>/ask/<uuid:partner>/", intents.ask, name="intent_ask"),
    path("exchange/<uuid:pk>/photos/", intents.photo_add, name="photo_add"),
    path("proposals/", proposals.proposals, name="proposals"),
    path("proposals/<uuid:pk>/", proposals.proposal, name="proposal"),
    path("proposals/<uuid:pk>/answer/", proposals.answer, name="proposal_answer"),
    path("proposals/<uuid:pk>/withdraw/", proposals.withdraw, name="proposal_withdraw"),
    path("agreements/", agreements.agreements, name="agreements"),
    path("agreements/<uuid:pk>/", agreements.agreement, name="agreement"),
    path("agreements/<uuid:pk>/deliveries/", agreements.record, name="delivery_record"),
    path("deliveries/<uuid:pk>/confirm/", agreements.confirm, name="delivery_confirm"),
    path("deliveries/<uuid:pk>/dispute/", agreements.dispute, name="delivery_dispute"),
    path("deliveries/<uuid:pk>/withdraw/", agreements.withdraw, name="delivery_withdraw"),
    path("deliveries/<uuid:pk>/photo/", agreements.photo, name="delivery_photo"),
]
