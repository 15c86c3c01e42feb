"""Tokens by which programs are let in: who may make them, for whom, and for what."""
