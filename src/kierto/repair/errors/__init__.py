"""What can go wrong in repair: a file for each part, one family (:class:`DomainError`)."""
