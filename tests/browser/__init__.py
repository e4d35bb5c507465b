"""The main tasks in a real Chromium, by mouse and by keyboard alone."""
