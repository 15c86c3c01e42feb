"""Libraries of things, shared rooms and shared vehicles: booked, handed out, brought back."""
