"""RabbitMQ behind the port `Broker`: kombu's connections on the asyncio loop."""
