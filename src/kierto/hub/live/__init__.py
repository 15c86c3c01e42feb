"""The live map: what things with sensors say now, on a map and as a table.

Whatever has a place and was observed lately counts, whoever wrote it: a device of this node, a
program with a token, another platform. Each reader sees what the interface shows them.
"""
