"""What is seen from outside: log, metrics, health, and the word to systemd."""
