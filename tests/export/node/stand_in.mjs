// node stand_in.mjs INDEX_JS < {entry, width, height, rgba: base64, stopAfter} > {channels, pixels: base64, ...}
import {readFileSync} from "node:fs";

const {fileOf, upscale} = await import(process.argv[2]);
const {document, name, width, height, rgba, stopAfter, element} = JSON.parse(readFileSync(0, "utf8"));

// The network of tests/export/stand_in.py.
function standIn(entry) {
    const {scale, tile: {side_px: side, overlap_px: reach}} = entry;
    return async (input) => {
        const isFloat = input instanceof Float32Array;
        const tile = isFloat ? Uint8Array.from(input, (value) => Math.round(value * 255)) : input;
        const result = new Uint8Array(tile.length * scale * scale);
        const at = (x, y, channel) => (x < 0 || y < 0 || x >= side || y >= side ? 0 : tile[3 * (y * side + x) + channel]);
        for (let y = 0; y < side; y++) {
            for (let x = 0; x < side; x++) {
                for (let channel = 0; channel < 3; channel++) {
                    const sum =
                        3 * at(x, y, channel) +
                        5 * at(x - reach, y, channel) +
                        7 * at(x + reach, y, (channel + 1) % 3) +
                        11 * at(x, y - reach, channel) +
                        13 * at(x, y + reach, channel) +
                        17 * at(x + reach, y + reach, channel);
                    for (let row = 0; row < scale; row++) {
                        for (let column = 0; column < scale; column++) {
                            const target = ((y * scale + row) * side + x) * scale + column;
                            result[3 * target + channel] = sum + row * scale + column;
                        }
                    }
                }
            }
        }
        return isFloat ? Float32Array.from(result, (value) => value / 255) : result;
    };
}

const progress = [];
const stopping = new AbortController();
try {
    const entry = fileOf(document, name);
    const picture = {width, height, rgba: new Uint8Array(Buffer.from(rgba, "base64"))};
    const rows = [];
    const onProgress = (done, total) => {
        progress.push([done, total]);
        if (done === stopAfter) stopping.abort(new Error("the user had enough"));
    };
    const result = await upscale(picture, entry, standIn(entry), {onProgress, signal: stopping.signal});
    await upscale(picture, entry, standIn(entry), {onRows: (first, count, pixels) => rows.push([first, count, pixels.length])});
    const pixels = Buffer.from(result.pixels).toString("base64");
    console.log(JSON.stringify({...result, pixels, rows, progress}));
} catch (error) {
    console.log(JSON.stringify({error: error.message, progress}));
}
