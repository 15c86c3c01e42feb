"""The page shell: layout, components, error pages, home."""
