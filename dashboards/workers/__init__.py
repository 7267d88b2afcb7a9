"""Pages of workers, queues and failed tasks."""
