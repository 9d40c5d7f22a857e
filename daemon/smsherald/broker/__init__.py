"""RabbitMQ, or the embedded broker: sessions, deliveries in, notifications and copies out."""
