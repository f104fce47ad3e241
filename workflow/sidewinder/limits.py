"""What movies, tables, models and packages may be at most. What claims more is damaged, meant to harm, or more than a
machine holds: it is refused before memory is taken for it. Listed for users in docs/reliability.md."""

# 32768 x 32768, with all samples of an image: of raw movies, of label images, of truth and of images to learn from;
# segmenting a frame takes 120 bytes a pixel
LARGEST_FRAME_PX = 2**30
# of all times and channels of a movie together; each takes some memory before one is read
MOST_IMAGES = 1_000_000
# 32-bit integers, as label images are stored
LARGEST_LABEL = 2**31 - 1
# more are noise, or pieces of cells; to segment and measure as many takes 4 GB
MOST_CELLS_OF_A_FRAME = 1_000_000
# of all frames of a movie; tracking takes 0.7 GB a million
MOST_CELLS_OF_A_MOVIE = 20_000_000
# Snakemake takes 0.2 GB a thousand to plan them
MOST_ROWS = 20_000
# of a file of ROIs, unpacked: outlines of some thousand points each
LARGEST_ROIS_BYTES = 2**26
# of a sheet: as many rows with long paths have less
LARGEST_SHEET_BYTES = 2**26

# a training set of the Cell Tracking Challenge, packed and unpacked; the largest of two dimensions has some 5 GB
LARGEST_SET_BYTES = 2**35
MOST_FILES_OF_SET = 1_000_000

# counts of a network; the paper's has a depth of 4 and a width of 64, and each level doubles the memory
LARGEST_NETWORK = {"in_channels": 64, "n_classes": 64, "depth": 10, "base_width": 1024}
# the pixel sizes that microscopes have, from electrons to a camera's lens; frames are rescaled to that of the model
PIXEL_SIZES_UM = (0.0001, 10_000)

# all files of a package, unpacked: the zoo's largest U-Nets have some 500 MB, and weights are read into memory at once
LARGEST_PACKAGE_BYTES = 2**30
# the zoo's longest descriptions have some 20 kB
LARGEST_DESCRIPTION_BYTES = 2**20
# repeated parts of a description, which a few lines can make billions of
MOST_ALIASES = 100
# values of a config, a card or a description with all aliases written out; the zoo's longest have some hundreds
MOST_YAML_VALUES = 100_000
# lists and mappings in each other; the time to read them grows with the square of it
DEEPEST_YAML = 100
# a smaller frame is mirrored to the size of a window, and the network's maps of it are in memory together
LARGEST_WINDOW_PX = 4096
