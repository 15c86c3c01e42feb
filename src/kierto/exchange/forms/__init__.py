"""Forms of the exchange. They read what was typed; the actions judge it."""
