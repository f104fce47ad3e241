"""What results were made of: kept by the jobs, compared with what is there now, and verified.

Nothing is imported here: the process of a run and every job take parts of it.
"""
