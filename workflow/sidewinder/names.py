"""Names that several parts share: of scenes, of files, of columns. Nothing is imported here.

The rules spell their files out, as Snakemake wants them; tests hold them to these names.
"""

# as in pyproject.toml and CITATION.cff
VERSION = "0.1.0"

# the movies that the rule `simulate` makes
SCENES = ("plain", "crowded", "rough")

# what a model folder holds
CARD, WEIGHTS = "card.yaml", "weights.safetensors"

# intermediate files, in the folder of each movie below `work`
IMAGE, LABELS, CELLS = "image.ome.zarr", "labels-{block}.zarr", "cells-{block}.parquet"
# what the rules make of each block
BLOCKWISE = {"infer": ("maps-{block}.zarr",), "instances": (LABELS, CELLS, "uncertainty-{block}.npy")}
# what the rules put into the folder of each movie
PUBLISHED, TRACKS, TRACKS_CSV, LINEAGE, WARNINGS, OVERLAY, REPORT, SCORES_CSV = (
    "movie.ome.zarr", "tracks.parquet", "tracks.csv", "lineage.csv", "warnings.csv", "overlay.png",
    "report.html", "scores.csv",
)  # fmt: skip
# the cells of another row in which cells lie
WITHIN, WITHIN_CSV = "within.parquet", "within.csv"
PRODUCTS = {
    "publish": (PUBLISHED,),
    "track": (TRACKS, TRACKS_CSV, LINEAGE),
    "plausibility": (WARNINGS,),
    "overlay": (OVERLAY,),
    "report": (REPORT,),
    "within": (WITHIN, WITHIN_CSV),
    "ctc": ("ctc",),
    "geff": ("tracks.geff",),
    "trackmate": ("trackmate.xml",),
    "napari": ("napari_tracks.csv", "napari_graph.json"),
    "colorizer": ("colorizer",),
    "video": ("overlay.webp",),
    "video_mp4": ("overlay.mp4",),
    "ome_zarr_04": ("movie_04.ome.zarr",),
    "evaluate": (SCORES_CSV,),
}
EXPORTS = ("ctc", "geff", "trackmate", "napari", "colorizer", "video", "video_mp4", "ome_zarr_04")
# where neither config nor sheet say others
USUAL_EXPORTS = ("ctc", "geff")
# the user's, beside the results: of each movie a folder with what was corrected of it
CURATED, EDITS, MASKS = "curated", "edits.tsv", "masks"
# in the folder of an export that cannot be made of a movie: says why
LEFT_OUT = "left_out.txt"
# where the config asks for it
DRIFT_CSV = "drift.csv"
# what lies beside the movies' folders
EXPERIMENT, EXPERIMENT_LINEAGE, SUMMARY = "experiment.parquet", "experiment_lineage.parquet", "summary.csv"
# the forms in which tables are written
TABLES = ("parquet", "csv")
# the products that are text beside the same in Parquet
TEXTS = (TRACKS_CSV, WITHIN_CSV)
# what made the results, there and in each movie's folder
PROVENANCE = "provenance.json"
# when these say that they were written, in seconds since 1970, after a run in which movies failed: before every movie,
# so that Snakemake always finds something newer and makes them again; FAT disks know no earlier year
LONG_AGO_S = 315_705_600.0  # 1980-01-03

# what is measured of each channel: the columns `{statistic}_{channel}`
STATISTICS = ("mean", "std", "min", "max", "sum", "background", "corrected_mean", "corrected_sum")
# and of the ring around it, where the config asks for one
RING_STATISTICS = ("ring_mean", "ring_ratio")
# textures, by the names that scikit-image has for them: the columns `texture_{name}_{channel}`
TEXTURES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation", "entropy")
# the columns of the tables behind `movie`, in their order but for those of channels, which stand before touches_border
TRACK_COLUMNS = tuple(
    "cell_id track_id frame source_frame time_s y_px x_px y_um x_um area_px area_um2 y_drift_corrected_px "
    "x_drift_corrected_px y_drift_corrected_um x_drift_corrected_um speed_um_per_s speed_px_per_frame perimeter_px "
    "perimeter_um major_axis_px major_axis_um minor_axis_px minor_axis_um orientation_rad eccentricity solidity "
    "n_neighbours nearest_neighbour_px nearest_neighbour_um touches_border repaired link_score parent_track_id "
    "lineage_id generation time_since_birth_s corrected".split()
)
LINEAGE_COLUMNS = tuple(
    "cell_id track_id parent_track_id lineage_id generation first_frame last_frame start_s end_s n_frames origin fate "
    "children cycle_s cycle_censored division_score min_link_score displacement_um path_length_um "
    "mean_speed_um_per_s straightness displacement_px path_length_px mean_speed_px_per_frame diffusion_um2_per_s "
    "msd_exponent diffusion_px2_per_frame".split()
)
# the columns of `lineage.csv` that are text
LINEAGE_TEXTS = frozenset({"movie", "cell_id", "origin", "fate", "children"})
# those that are whole numbers
LINEAGE_WHOLE = frozenset("track_id parent_track_id lineage_id generation first_frame last_frame n_frames".split())
# what the summary says of each movie before its counts
OUTCOME = ("state", "reason", "warnings")
COUNTS = ("frames", "cells", "tracks", "divisions", "lineages", "median_cells_per_frame")
# of the sheet, too
SCALES = ("pixel_size_um", "frame_interval_s")
SCORES = tuple("SEG DET TRA LNK CT TF BC_0 BC_1 BC_2 BC_3 CCA CHOTA HOTA MOTA IDF1".split())

# what a model's card says of its normalisation in place of quantiles
BY_BACKGROUND = {"background": True}
