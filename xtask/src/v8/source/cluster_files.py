"""Clusters of V8's source files: each includes several others and is compiled in their place, so that headers are read
and templates instantiated once for all of them. V8's `gni/cluster_build.gni` calls this with names that are relative to
the build's folder; the crate `v8` leaves out the script that V8 has for it.

A cluster has files of one folder and kind only, in the order of the build files: what stands beside each other there is compiled
together by V8's own developers too, so that names in it do not clash.
"""

import argparse
import os

# Generators for Turboshaft use all names of a namespace that has an `Assembler` and an `Operation` of its own.
KIND = "tsa"


def arguments():
    parser = argparse.ArgumentParser()
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--compute-filenames", action="store_true", help="print the names of the clusters")
    what.add_argument("--generate", action="store_true", help="write them")
    parser.add_argument("--prefix", required=True)
    parser.add_argument("--cluster-size", type=int, required=True)
    parser.add_argument("--small-cluster-size", type=int)
    parser.add_argument("--small-cluster-dirs", action="append", default=[])
    parser.add_argument("--output-dir")
    parser.add_argument("--include-prefix", default="")
    parser.add_argument("--strip-prefix", default="")
    parser.add_argument("files", nargs="*")
    return parser.parse_args()


def clusters(args):
    """`(name, files)` of each."""
    groups = {}
    for file in args.files:
        kind = KIND if file.endswith(f"-{KIND}.cc") else ""
        groups.setdefault((os.path.dirname(file), kind), []).append(file)
    for (folder, kind), files in groups.items():
        is_small = any(folder.endswith(small) for small in args.small_cluster_dirs)
        size = args.small_cluster_size if is_small else args.cluster_size
        place = "-".join([part for part in folder.split("/") if part != ".."] + [kind] * bool(kind))
        for number, start in enumerate(range(0, len(files), size)):
            yield f"{args.prefix}-{place}-{number}.cc", files[start : start + size]


def text(args, files):
    """The file's lines."""
    for file in files:
        yield f'#include "{args.include_prefix}{file.removeprefix(args.strip_prefix)}"\n'


def write_if_other(path, lines):
    """A file that is written again is one that ninja builds again."""
    new = "".join(lines)
    try:
        with open(path, encoding="utf-8") as file:
            if file.read() == new:
                return
    except FileNotFoundError:
        pass
    with open(path, "w", encoding="utf-8") as file:
        file.write(new)


def main():
    args = arguments()
    for name, files in clusters(args):
        if args.compute_filenames:
            print(name)
        else:
            os.makedirs(args.output_dir, exist_ok=True)
            write_if_other(os.path.join(args.output_dir, name), text(args, files))


main()
