"""The application on one machine, from the same template: servers, API front, Kafka event source, schedules."""
