"""What every floor stands on: quantities, periods, money, places, decisions, transitions, errors.

Pure Python. Nothing here knows Django, a database or a request.
"""
