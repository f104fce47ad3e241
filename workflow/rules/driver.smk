# What the process of a run does besides Snakemake, and what `snakemake status` says.
from sidewinder.cluster import engine, slurm
from sidewinder.driver import orphan, status
from sidewinder.driver.run import Run

here = snakemake_inside.users_folder(workflow)
this_run = Run(results, plan.rows, here)

if snakemake_inside.is_main_process(workflow):
    # runs nothing: answered while the rules are read, it needs neither cores nor lock nor the graph of jobs
    if snakemake_inside.is_target("status"):
        print("\n".join(checked(status.status_lines, plan, results, here)))
        sys.exit()
    snakemake_inside.warn_of_untried()
    os.environ[orphan.DRIVER_VARIABLE] = str(os.getpid())
    os.environ[engine.VARIABLE] = f"{sys.executable} {checkout}/profiles/engine.py"
    os.environ[engine.RESULTS_VARIABLE] = results
    snakemake_inside.follow(results, this_run, {"slurm": slurm.KeepsJobs})
