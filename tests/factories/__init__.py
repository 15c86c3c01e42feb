"""Factories: one module per app, plain functions that go through the app's own actions."""
