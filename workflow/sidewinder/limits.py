"""What models, packages and frames may be at most. What claims more is damaged or meant to harm: it is refused before
memory is taken for it. Listed for users in docs/training.md."""

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
DEEPEST_DESCRIPTION = 100
# a smaller frame is mirrored to the size of a window, and the network's maps of it are in memory together
LARGEST_WINDOW_PX = 4096

# 32768 x 32768: of label images, of truth and of images to learn from, which are read whole
LARGEST_FRAME_PX = 2**30
LARGEST_LABEL = 2**31 - 1
