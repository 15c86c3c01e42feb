"""OGC API – Features, Part 1: Core 1.0.1 (OGC 17-069r4, 2022), as JSON, for reading.

A collection is a type of entity that has a place, a feature is an entity with its values
simplified. What a reader may not see is not there. The index of the store answers.
"""
