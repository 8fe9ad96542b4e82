"""From a Pyomo model to a proven plan: one door to HiGHS, goals in order, a process for each solve."""
