// A picture enlarged in bands of rows, by whatever runs the network's tiles.

import {alphaRange, placeAlpha} from "./alpha.js";
import {bleed} from "./bleeding.js";
import {interpolated, isTooThin, tapsOf} from "./interpolation.js";
import {Band, coreOf, cut, starts} from "./tiling.js";

const COLOUR = [0, 1, 2];
const ALPHA = [3, 3, 3];
// Rows of a result that is interpolated come so many small rows at a time.
const THIN_ROWS = 64;

// How often a picture's tiles go through the network: for its colours, and for alpha that is not all the same.
export function passesOf({rgba, hasAlpha}) {
    const range = hasAlpha ? alphaRange(rgba) : null;
    return range !== null && range.lowest !== range.highest ? 2 : 1;
}

// Bands {first, rows, pixels} of the enlarged picture from top to bottom, some of them in work at once.
// picture: {width, height, rgba, isGrey, hasAlpha}; colours under transparency are filled in its rgba.
// scale: of the network. tile: {height_px, width_px, overlap_px} that it takes.
// runCore(makeTile): promises the enlarged core of the tile that makeTile() gives, uint8 RGB.
// progress(done, total): is called after each tile.
export async function* bands(picture, {scale, tile}, runCore, {bandsAtOnce = 1, progress = () => {}} = {}) {
    const {width, height, isGrey, hasAlpha} = picture;
    const range = hasAlpha ? alphaRange(picture.rgba) : null;
    const channels = (isGrey ? 1 : 3) + (hasAlpha ? 1 : 0);
    const job = {picture, scale, tile, range, runsAlpha: passesOf(picture) === 2, runCore, step: () => {}};
    bleed(picture);
    if (isTooThin(width, height, tile.overlap_px)) {
        yield* interpolatedBands(job, channels, progress);
        return;
    }
    const core = coreOf(tile);
    const total = starts(height, core.rows).length * starts(width, core.columns).length * passesOf(picture);
    let done = 0;
    job.step = () => progress(++done, total);
    progress(0, total);
    const inWork = [];
    const oldest = async () => {
        const {first, whenFilled} = inWork.shift();
        const {height: rows, pixels} = await whenFilled;
        return {first, rows, pixels};
    };
    for (const top of starts(height, core.rows)) {
        const band = new Band(width * scale, Math.min(core.rows, height - top) * scale, channels, core.columns * scale);
        const whenFilled = filled(band, top, job);
        whenFilled.catch(() => {}); // reported where it is waited for
        inWork.push({first: top * scale, whenFilled});
        if (inWork.length >= bandsAtOnce) yield await oldest();
    }
    while (inWork.length) yield await oldest();
}

async function filled(band, top, {picture, scale, tile, range, runsAlpha, runCore, step}) {
    const work = [];
    for (const left of starts(picture.width, coreOf(tile).columns)) {
        const run = (channels) => runCore(() => cut(picture, top, left, tile, channels));
        work.push(
            run(COLOUR).then((core) => {
                band.placeColour(core, left * scale, picture.isGrey);
                step();
            }),
        );
        if (!runsAlpha) continue;
        work.push(
            run(ALPHA).then((core) => {
                placeAlpha(band, core, {picture, scale, top, left, isBinary: range.isBinary});
                step();
            }),
        );
    }
    if (range && !runsAlpha) band.fillAlpha(range.lowest);
    await Promise.all(work);
    return band;
}

// A picture too thin for a network, rows first, then columns, as Pillow does it.
function* interpolatedBands({picture, scale, range, runsAlpha}, channels, progress) {
    const {width, height, isGrey} = picture;
    const [across, down] = [tapsOf(width, scale), tapsOf(height, scale)];
    for (let top = 0; top < height; top += THIN_ROWS) {
        const rows = Math.min(THIN_ROWS, height - top);
        const band = new Band(width * scale, rows * scale, channels, width * scale);
        band.placeColour(interpolatedRows(picture, across, down, top * scale, rows * scale, COLOUR), 0, isGrey);
        if (runsAlpha) {
            const core = interpolatedRows(picture, across, down, top * scale, rows * scale, ALPHA);
            placeAlpha(band, core, {picture, scale, top, left: 0, isBinary: range.isBinary});
        } else if (range) {
            band.fillAlpha(range.lowest);
        }
        progress(top + rows, height);
        yield {first: top * scale, rows: rows * scale, pixels: band.pixels};
    }
}

// Enlarged rows of three of the channels, uint8 RGB.
function interpolatedRows({width, rgba}, across, down, first, rows, channels) {
    const from = down[first].first;
    const lines = down[first + rows - 1].end - from;
    const rowLength = across.length * 3;
    const wide = new Uint8Array(lines * rowLength);
    for (let index = 0; index < wide.length; index++) {
        const line = (from + Math.floor(index / rowLength)) * width;
        const taps = across[Math.floor((index % rowLength) / 3)];
        wide[index] = interpolated(taps, (column) => rgba[(line + column) * 4 + channels[index % 3]]);
    }
    const result = new Uint8Array(rows * rowLength);
    for (let index = 0; index < result.length; index++) {
        const taps = down[first + Math.floor(index / rowLength)];
        result[index] = interpolated(taps, (row) => wide[(row - from) * rowLength + (index % rowLength)]);
    }
    return result;
}
