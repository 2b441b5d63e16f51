// Enlarges pictures with a .tflite for tiles of a waifu4x bundle and any runtime that runs it. See index.d.ts.

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
    const {width, height, rgba} = picture;
    if (!(width >= 1 && height >= 1) || rgba?.length !== width * height * 4) {
        fail("A picture is width * height pixels of 4 bytes.", `${width} x ${height} with ${rgba?.length} bytes`, "Give RGBA.");
    }
    const described = {width, height, rgba: Uint8Array.from(rgba), isGrey: isGrey(rgba), hasAlpha: hasAlpha(rgba)};
    // One after the other: runtimes take no second tile while they run one.
    let last = Promise.resolve();
    const runCore = (makeTile) => (last = last.then(async () => {
        signal?.throwIfAborted();
        const tile = makeTile();
        const isFloat = entry.input.type === "float32";
        return coreOf(await run(isFloat ? Float32Array.from(tile, (value) => value / 255) : tile), entry);
    }));
    const channels = (described.isGrey ? 1 : 3) + (described.hasAlpha ? 1 : 0);
    const result = {width: width * entry.scale, height: height * entry.scale, channels, pixels: null};
    if (!onRows) result.pixels = new Uint8Array(result.width * result.height * channels);
    for await (const {first, rows, pixels} of bands(described, entry, runCore, {progress: onProgress})) {
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

// A tile's output without its surroundings; floats in [0, 1] are rounded to the nearest level, as NumPy rounds.
function coreOf(output, {scale, tile}) {
    const [from, rowLength, length] = [tile.overlap_px, tile.side_px, tile.core_px].map((px) => px * scale);
    if (output?.length !== rowLength ** 2 * 3) {
        fail(`A network gives ${rowLength} x ${rowLength} pixels of RGB.`, `${output?.length} values`, "Check the runner.");
    }
    const isFloat = output instanceof Float32Array;
    const result = new Uint8Array(length * length * 3);
    for (let row = 0; row < length; row++) {
        const start = ((from + row) * rowLength + from) * 3;
        const line = output.subarray(start, start + length * 3);
        result.set(isFloat ? line.map(levelOf) : line, row * length * 3);
    }
    return result;
}

function levelOf(value) {
    if (!Number.isFinite(value)) fail("A network gives finite numbers.", value, "Use the int8 file.");
    const exact = Math.fround(Math.min(Math.max(value, 0), 1) * 255);
    const floor = Math.floor(exact);
    const isUp = exact - floor > 0.5 || (exact - floor === 0.5 && floor % 2 === 1);
    return isUp ? floor + 1 : floor;
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
