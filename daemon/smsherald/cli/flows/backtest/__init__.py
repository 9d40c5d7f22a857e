"""`smsherald backtest`: recorded events against a configuration, or against two."""
