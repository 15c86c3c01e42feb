"""The engines that hand the circulation to HiGHS: all pairs at once, or columns as they pay."""
