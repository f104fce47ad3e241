#!/usr/bin/env bash
# Fetches again what the explorer page brings along, from npm: workflow/sidewinder/report/explorer/vendor/renew.sh
#
# Needs node, npm, pip and the network. What it writes is the same each time. For other versions change those below, then
# look at what git shows: VENDORED.tsv says what each file was made of, and a test holds the files to it.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

ort=1.30.0
# the decoders of dropped images, and what these need
decoders=(tiff@7.1.3 fast-png@8.0.0 iobuffer@6.0.1 fflate@0.8.3)
esbuild=0.28.2

# a folder of its own keeps npm from looking for one further up
echo '{"private": true, "type": "module"}' > package.json
quietly="--silent --no-audit --no-fund --ignore-scripts --save-exact"
# shellcheck disable=SC2086
npm install $quietly "${decoders[@]}" "esbuild@$esbuild"
npm pack --silent "onnxruntime-web@$ort" > /dev/null
tar -xzf "onnxruntime-web-$ort.tgz"
# the packages of npm lack the licences' texts, the wheel of the same version has them
python3 -m pip --disable-pip-version-check --quiet download --no-deps --only-binary :all: --python-version 3.12 \
    --platform manylinux_2_28_x86_64 "onnxruntime==$ort"
python3 -m zipfile -e "onnxruntime-$ort"-*.whl wheel

# a page that is one file has no source maps beside it
without_map() { sed '/^\/\/# sourceMappingURL=/d' "$1"; }
without_map package/dist/ort.wasm.bundle.min.mjs > "$here/ort.wasm.bundle.min.mjs"
gzip -9 --no-name --stdout package/dist/ort-wasm-simd-threaded.wasm > "$here/ort-wasm-simd-threaded.wasm.gz"

version_of() { node -p "require('./node_modules/$1/package.json').version"; }
licence_of() { node -p "require('./node_modules/$1/package.json').license"; }
names=("${decoders[@]%@*}")

# tiff 7.1.3 fails where an encoder fills LZW's table to its end, as tifffile's does: the codes grow to 13 bits then
node --input-type=commonjs - << 'END'
const fs = require("node:fs");
const file = "node_modules/tiff/lib/lzw.js";
let text = fs.readFileSync(file, "utf8");
for (const [wrong, right] of [
    ["stringTable[this.tableLength++] = string;", "if (this.tableLength < 4096) stringTable[this.tableLength++] = string;"],
    ["if (this.tableLength === bitJumps[", "if (this.currentBitLength < 12 && this.tableLength === bitJumps["],
]) {
    if (text.split(wrong).length !== 2) throw new Error(`${file} is no longer what is mended here: ${wrong}`);
    text = text.replace(wrong, right);
}
fs.writeFileSync(file, text);
END

cat > images.js << 'END'
export { decode as decodePng } from "fast-png";
export { decode as decodeTiff } from "tiff";
END
# their licences are to be named wherever the code goes, on the page too
banner="/*! Licensed under the MIT License; what is mended in tiff stands in renew.sh:"
for name in "${names[@]}"; do
    banner+=$'\n'" * $name $(version_of "$name"), $(grep -m 1 -o 'Copyright.*' "node_modules/$name/LICENSE")"
done
banner+=$'\n'" */"
npx --no-install esbuild images.js --bundle --format=iife --global-name=images --platform=browser --target=es2020 \
    --minify --legal-comments=none --banner:js="$banner" --log-level=warning --outfile="$here/images.js"

{
    printf '%s\n\n' "onnxruntime-web $ort"
    tr -d '\r' < wheel/onnxruntime/LICENSE
    printf '\n%s\n' "What is compiled into it has licences of its own: ThirdPartyNotices.txt"
    for name in "${names[@]}"; do
        printf '\n\n%s\n\n' "$name $(version_of "$name")"
        tr -d '\r' < "node_modules/$name/LICENSE"
    done
} > "$here/LICENSES.txt"
tr -d '\r' < wheel/onnxruntime/ThirdPartyNotices.txt > "$here/ThirdPartyNotices.txt"

{
    row() { (IFS=$'\t'; echo "$*"); }
    digest() { sha256sum "$here/$1" | cut -d ' ' -f 1; }
    row file name version licence source sha256
    for file in ort.wasm.bundle.min.mjs ort-wasm-simd-threaded.wasm.gz; do
        source=https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-$ort.tgz
        row "$file" onnxruntime-web "$ort" "$(node -p "require('./package/package.json').license")" "$source" "$(digest "$file")"
    done
    for name in "${names[@]}"; do
        version=$(version_of "$name")
        source=https://registry.npmjs.org/$name/-/$name-$version.tgz
        row images.js "$name" "$version" "$(licence_of "$name")" "$source" "$(digest images.js)"
    done
} > "$here/VENDORED.tsv"
