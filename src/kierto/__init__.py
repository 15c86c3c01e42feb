"""Kierto: the software that a circular district runs on."""

__version__ = "0.1.0"
