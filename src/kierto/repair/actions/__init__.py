"""The verbs of repair. Only these write; ``by`` says in whose name."""
