// Enlarges pictures with a .tflite for tiles of a waifu4x bundle and any runtime that runs it. See index.d.ts.

import {enlargedCore} from "./tiling.js";
import {bands} from "./upscaling.js";

const SCHEMA_VERSION = 1;

// What model.json says of a file for tiles.
export function fileOf(document, name) {
    if (document?.schema_version !== SCHEMA_VERSION) {
        fail(`A model.json is of schema version ${SCHEMA_VERSION}.`, document?.schema_version, "Export the bundle again.");
    }
    const entry = document.files.find(({file}) => file === name);
    if (!entry) fail("A file is one that model.json names.", name, `It names ${document.files.map(({file}) => file).join(", ")}.`);
    check(entry);
    return entry;
}

export async function upscale(picture, entry, run, {onRows, onProgress, signal} = {}) {
    check(entry);
    const {scale, tile: {side_px: side, overlap_px}} = entry;
    const tile = {height_px: side, width_px: side, overlap_px};
    const {width, height, rgba} = picture;
    if (!(width >= 1 && height >= 1) || rgba?.length !== width * height * 4) {
        fail("A picture is width * height pixels of 4 bytes.", `${width} x ${height} with ${rgba?.length} bytes`, "Give RGBA.");
    }
    const described = {width, height, rgba: Uint8Array.from(rgba), isGrey: isGrey(rgba), hasAlpha: hasAlpha(rgba)};
    // One after the other: runtimes take no second tile while they run one.
    let last = Promise.resolve();
    const runCore = (makeTile) => (last = last.then(async () => {
        signal?.throwIfAborted();
        const pixels = makeTile();
        const isFloat = entry.input.type === "float32";
        const output = await run(isFloat ? Float32Array.from(pixels, (value) => value / 255) : pixels);
        if (output?.length !== (side * scale) ** 2 * 3) {
            fail(`A network gives ${side * scale} x ${side * scale} pixels of RGB.`, `${output?.length} values`, "Check the runner.");
        }
        return enlargedCore(output, tile, scale);
    }));
    const channels = (described.isGrey ? 1 : 3) + (described.hasAlpha ? 1 : 0);
    const result = {width: width * scale, height: height * scale, channels, pixels: null};
    if (!onRows) result.pixels = new Uint8Array(result.width * result.height * channels);
    for await (const {first, rows, pixels} of bands(described, {scale, tile}, runCore, {progress: onProgress})) {
        signal?.throwIfAborted();
        if (onRows) await onRows(first, rows, pixels);
        else result.pixels.set(pixels, first * result.width * channels);
    }
    return result;
}

function check({input, output, tile, scale}) {
    const isKnown = ["uint8", "float32"].includes(input?.type) && input.type === output?.type;
    if (!isKnown) fail("A file takes and gives uint8 or float32.", `${input?.type} and ${output?.type}`, "Choose another.");
    if (!tile?.side_px || tile.core_px !== tile.side_px - 2 * tile.overlap_px || tile.core_px < 1) {
        fail("A file is for tiles of one size.", `a side of ${tile?.side_px}`, "Choose one for tiles of the bundle.");
    }
    if (!(Number.isInteger(scale) && scale >= 1 && scale <= 16)) fail("A scale is from 1 to 16.", scale, "Export again.");
}

function isGrey(rgba) {
    for (let index = 0; index < rgba.length; index += 4) {
        if (rgba[index] !== rgba[index + 1] || rgba[index] !== rgba[index + 2]) return false;
    }
    return true;
}

function hasAlpha(rgba) {
    for (let index = 3; index < rgba.length; index += 4) if (rgba[index] !== 255) return true;
    return false;
}

function fail(rule, received, wayOut) {
    throw new Error(`${rule} Received: ${received}. ${wayOut}`);
}
