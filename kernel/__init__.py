"""What everything stands on; knows nothing of law or workflow."""
