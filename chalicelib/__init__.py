"""Parley's back end: handlers call services, services storage and WhatsApp, never back."""
