"""Pages of the schedules."""
