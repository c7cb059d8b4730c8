"""Run of every documented command on a fresh clone."""
