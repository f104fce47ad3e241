# What the process of a run does besides Snakemake, and what `snakemake status`, `verify` and `tidy` say.
from functools import partial

from sidewinder.cluster import engine, slurm
from sidewinder.driver import again, disk, joblog, lock, orphan, status
from sidewinder.driver.run import Run
from sidewinder.driver.tidy import tidy
from sidewinder.provenance.keeping import keep_records
from sidewinder.provenance.readable import unreadable_lines
from sidewinder.provenance.renaming import find_renamed, renamed_lines
from sidewinder.provenance.verify import verify
from sidewinder.sheet import beside_working_directory

# rules of a module may have been given other settings
with_settings = not snakemake_inside.is_module(workflow)
here = snakemake_inside.users_folder(workflow)
this_run = Run(results, plan, here)
# movies that were made under names which the sheet has no more
renamed = []

if plan.keeps_records:
    keep_records(results)

snakemake_inside.fork_jobs(workflow)
snakemake_inside.look_in_one_series()

if snakemake_inside.is_main_process(workflow):
    # runs nothing: answered while the rules are read, it needs neither cores nor lock nor the graph of jobs
    if snakemake_inside.is_target("status"):
        print("\n".join(checked(status.status_lines, plan, results, here)))
        sys.exit()
    if snakemake_inside.is_target("verify"):
        lines, sound = checked(
            partial(verify, with_settings=with_settings), plan, results
        )
        print("\n".join(lines))
        sys.exit(0 if sound else 1)
    if snakemake_inside.is_target("tidy", "delete") and "tidy" in sys.argv:
        told = "delete" in sys.argv and not {"-n", "--dry-run", "--dryrun"} & {
            *sys.argv
        }
        print("\n".join(checked(partial(tidy, delete=told), plan, results)))
        sys.exit()
    if snakemake_inside.is_target("curate"):
        from sidewinder.curate.ask import curation_asked

        print("\n".join(checked(curation_asked, to_curate, plan, results)))
        sys.exit()
    snakemake_inside.warn_of_untried()
    snakemake_inside.say_in_words()
    if snakemake_inside.be_brief(workflow, this_run.show_idle):
        os.environ[joblog.BRIEF_VARIABLE] = "1"
    os.environ[orphan.DRIVER_VARIABLE] = str(os.getpid())
    os.environ[engine.VARIABLE] = f"{sys.executable} {checkout}/profiles/engine.py"
    os.environ[engine.RESULTS_VARIABLE] = results
    snakemake_inside.follow(results, this_run, {"slurm": slurm.KeepsJobs})
    renamed = find_renamed(plan, results)
    for line in (
        *beside_working_directory(config["movies"], plan.rows),
        *renamed_lines(renamed),
        *subset.subset_lines(plan, results, here, [one.old for one in renamed]),
    ):
        print(line, file=sys.stderr)
    changes = again.said_changes(plan, results, renamed, with_settings=with_settings)
    # what is asked for by these names needs little
    if plan.keeps_records and not snakemake_inside.is_target(
        "annotate", "explorer", "package", "simulate", "train"
    ):
        for line in disk.disk_lines(plan, results):
            print(line, file=sys.stderr)
        for line in unreadable_lines(plan, results, here, renamed):
            print(line, file=sys.stderr)
    snakemake_inside.judge(
        again.files_to_make(changes, results),
        again.settled_logs(changes, results),
        again.kept_logs(changes, results),
        partial(again.make_ready, changes, renamed, results),
        lock.last_began(results),
        again.taken_logs(renamed, results),
    )
elif plan.keeps_records and os.path.exists(f"{results}/{lock.NAME}"):
    snakemake_inside.spare(lock.held_since(results))
