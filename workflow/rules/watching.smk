# How far the experiment is: when `snakemake status` asks, while a run goes on, and at its end.
from snakemake import cli

from sidewinder.driver import ending, status
from sidewinder.driver.watch import Watch


def answer_status():
    """`snakemake status` runs nothing: answered here, while the rules are read, it needs neither cores nor lock nor DAG."""
    if workflow.is_main_process and "status" in sys.argv:
        if cli.get_argument_parser().parse_args(sys.argv[1:]).targets == ["status"]:
            print(
                "\n".join(checked(status.status_lines, plan, results, workflow.rundir))
            )
            sys.exit()


def say(line):
    """Tell the user, where Snakemake tells them, too."""
    print(line, file=sys.stderr, flush=True)


def members(job):
    """The jobs of a submission, which is one job or a group of them."""
    return list(job) if job.is_group() else [job]


def movie_states():
    """The state of each movie of this run, from Snakemake's memory; the last one that applies counts."""
    at_work = "running" if workflow.local_exec else "submitted"
    jobs = {
        "done": workflow.dag.jobs,
        "waiting": workflow.dag.needrun_jobs(),
        at_work: workflow.scheduler.running,
        "failed": workflow.scheduler.failed,
    }
    return {
        job.wildcards_dict["movie"]: state
        for state, submissions in jobs.items()
        for submission in list(submissions)
        for job in members(submission)
        if "movie" in job.wildcards_dict
    }


def n_frames(movie):
    """The number of frames of a movie that is done, whatever this run was to make of it."""
    return status.n_frames(
        f"{results}/{movie}/{status.PUBLISHED}",
        f"{results}/work/{movie}/{status.IMAGE}",
    )


watch = Watch(movie_states, n_frames, say)


def show_summary():
    """Print the table of movies if this run has written it."""
    summary = Path(results, "summary.csv")
    if summary.is_file() and summary.stat().st_mtime >= lock.held_since(results):
        say("\n".join(ending.summary_lines(results, workflow.rundir)))


def show_failures():
    """Print a line for each movie that failed in this run."""
    since = lock.held_since(results)
    lines = [
        line
        for submission in workflow.scheduler.failed
        for line in ending.failure_lines(
            [
                (job.rule.name, job.wildcards_dict, job.log[0])
                for job in members(submission)
                if job.log
            ],
            since,
            workflow.rundir,
        )
    ]
    say("\n".join(["", *ending.unique(lines), ""]))
