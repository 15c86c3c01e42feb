"""The verbs of sharing. Only these write; ``by`` says in whose name."""
