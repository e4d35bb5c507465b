"""The tests, a folder for each tier (conftest.py); what several files of a tier share is a module there."""
