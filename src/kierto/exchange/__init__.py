"""Offers and needs, proposals, and the deliveries that keep an agreement."""
