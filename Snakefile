# Sidewinder: time-lapse microscopy in, cell tracks out.
#
# config/config.yaml has every knob, config/movies.tsv a row for each movie, profiles/ how and where the jobs run.
from snakemake.utils import min_version

min_version("9.12")


configfile: f"{workflow.basedir}/config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/watching.smk"


answer_status()


pathvars:
    results=results,
    logs=f"{results}/logs",
    benchmarks=f"{results}/benchmarks",


if in_containers():

    container: checked(image, in_checkout("envs/sidewinder.sif"))


wildcard_constraints:
    movie=r"[^/]+",
    block=r"\d+",
    scene="plain|crowded|rough",


include: "workflow/rules/simulate.smk"
include: "workflow/rules/preprocess.smk"
include: "workflow/rules/infer.smk"
include: "workflow/rules/instances.smk"
include: "workflow/rules/track.smk"
include: "workflow/rules/publish.smk"
include: "workflow/rules/exports.smk"
include: "workflow/rules/overlay.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/experiment.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/annotate.smk"
include: "workflow/rules/package.smk"


localrules:
    all,


rule all:
    default_target: True
    input:
        f"{results}/experiment.parquet",
        f"{results}/summary.csv",
        of_all_movies(),
    message:
        "all movies are done"


onstart:
    keep_others_off()
    look_after_cluster()
    watch.start()


onsuccess:
    watch.end()
    show_summary()


onerror:
    watch.end()
    end_what_is_left()
    show_failures()
