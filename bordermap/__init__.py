"""Incidents along a border: placed, measured, mapped."""
