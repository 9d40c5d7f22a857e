"""What several tests share: a broker, a proxy with faults, the daemon and the sandbox."""
