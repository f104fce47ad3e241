# One movie alone, by its name: snakemake movies/plain
for movie in snakemake_inside.targets_below("movies"):

    rule:
        name:
            f"movies/{movie}"
        input:
            products_of(movie),
        message:
            f"movie {movie} is done"
