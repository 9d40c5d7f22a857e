"""smsherald: events on RabbitMQ become text messages, once each, whatever crashes."""

__version__ = "0.1.0"
