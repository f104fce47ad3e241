"""What the tests of the profiles for cluster-generic share: seconds where users are owed minutes."""

# the profiles look every 20 s, so that the engine's own node is left in peace
QUICK = ("--config", "movies=movies.tsv", "--seconds-between-status-checks", 1, "--max-status-checks-per-second", 20)
IN_MOVIE = ("instances", "track", "plausibility", "publish", "ctc", "geff", "overlay", "report")
PER_MOVIE = ("preprocess", "infer", *IN_MOVIE)
# of a submission, by one of its rules: the most that one of its jobs may use
SLOTS = {"preprocess": 2, "infer": 4, "track": 4, "experiment": 1, "report_all": 1}
IMPATIENCE = {"QUEUE_FRESH_S": 1.0, "GONE_AFTER_S": 4.0, "SECONDS_BETWEEN_LOOKS": 1.0}
