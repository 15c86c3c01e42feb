"""Forms about devices: what they are, how their messages are read, what is said of alarms."""
