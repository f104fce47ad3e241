# Sidewinder: time-lapse microscopy in, cell tracks out. The workflow is workflow/Snakefile, which can be a module of
# another one (docs/module.md); what is included has no default target, so that it is said here.
include: "workflow/Snakefile"


rule everything:
    default_target: True
    input:
        rules.all.input,
    message:
        "all movies are done"
