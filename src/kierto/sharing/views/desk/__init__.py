"""The desk: one field that takes whatever is scanned or typed, and a page for each answer."""
