"""What can go wrong in sharing: a file for each part, one family (:class:`DomainError`)."""
