# Sidewinder: time-lapse microscopy in, cell tracks out. The workflow is workflow/Snakefile, which can be a module of
# another one (docs/module.md); what is included has no default target, so that it is said here.
include: "workflow/Snakefile"


use rule all as everything with:
    default_target: True
