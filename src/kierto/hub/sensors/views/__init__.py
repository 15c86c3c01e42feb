"""Pages of devices and alarms, and the door where devices send their readings."""
