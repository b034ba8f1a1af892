"""What operators see and do: the work of every kind, whose fault a failure is, and what they ordered."""
