"""Jobs that share a submission."""


def keep_going(executor) -> None:
    """Let the jobs that share a submission go on when one of them fails: Snakemake passes --keep-going on to no job.

    Parameters
    ----------
    executor : snakemake_interface_executor_plugins.executors.remote.RemoteExecutor
        Of a run that is about to start, on any cluster.
    """
    arguments = executor.additional_general_args
    executor.additional_general_args = lambda: f"{arguments() or ''} --keep-going".lstrip()
