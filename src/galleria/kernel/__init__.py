"""Plain values every floor speaks: money, ids, periods, errors, paging, allocation.

Nothing here reads a clock, a file, a socket or a setting.
"""
