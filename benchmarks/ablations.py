"""What each choice of the training is worth: SEG without it, beside SEG with all of them.

    python benchmarks/ablations.py [folder [threads]]

prints the table of docs/measurements/training.md. All trainings are alike but for the choice. Fluorescent nuclei:
trained on SIM+, HeLa and simulated frames; GOWT1 takes no part. Phase contrast: trained on PSC and T98G; U373 takes no
part. Scored on the frames that the shipped models' sheets keep from training. The same training with other seeds says
which differences mean something.
"""

from dataclasses import replace

from trained import NUCLEI, PHASE, folder_and_threads, frames_of, print_table, scored

from sidewinder.train.recipe import Recipe

ALL = Recipe()
LIGHT = ALL.augmentation
CHOICES = {
    "all of them": ALL,
    "without elastic deformation": replace(ALL, augmentation=replace(LIGHT, elastic_px=0.0)),
    "without rotation and mirroring": replace(ALL, augmentation=replace(LIGHT, rotation=False)),
    "without changes of contrast": replace(ALL, augmentation=replace(LIGHT, contrast=0.0)),
    "without blur and noise": replace(ALL, augmentation=replace(LIGHT, blur=0.0, noise=0.0)),
    "without zoom and stretch": replace(ALL, augmentation=replace(LIGHT, zoom=(1.0, 1.0), stretch=0.0)),
    "without the weight of gaps (equation 2)": replace(ALL, gap_weight=0.0),
    "without the weight of the border": replace(ALL, border_weight=1.0),
    "without dropout": replace(ALL, dropout=0.0),
    "without averaged weights": replace(ALL, average=0.0),
}
OTHER_SEEDS = (2, 3)


def main() -> None:
    """Print the table."""
    folder, threads = folder_and_threads()
    nuclei = frames_of("nuclei.tsv", NUCLEI).of("SIM+", "HeLa")
    phase = frames_of("phase.tsv", PHASE).of("PSC", "T98G")
    without_simulated = replace(NUCLEI, simulated_frames=0)
    rows = {}
    for name, recipe in CHOICES.items():
        rows[name] = scored(folder, NUCLEI, recipe, nuclei, threads) | scored(folder, PHASE, recipe, phase, threads)
    rows["without simulated frames"] = scored(folder, without_simulated, ALL, nuclei, threads)
    for seed in OTHER_SEEDS:
        rows[f"all of them, seed {seed}"] = {}
        for settings, frames in ((NUCLEI, nuclei), (PHASE, phase)):
            rows[f"all of them, seed {seed}"] |= scored(folder, replace(settings, seed=seed), ALL, frames, threads)
    print_table("training", rows)


if __name__ == "__main__":
    main()
