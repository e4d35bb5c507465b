"""The tests, a folder for each tier; what several files of a tier share is a module there."""
