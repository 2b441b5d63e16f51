// Tile geometry: a tile carries the network's whole receptive radius around its core, so the result is the
// same whatever the tiles. Sizes are in pixels of the small picture unless they say otherwise.

// Larger ones take more memory, show less progress and are no faster. Smaller cores are mostly context.
const MOST_TILE_PIXELS = 300 ** 2;
const LEAST_CORE_PX = 32;

// The tile whose cores cover a picture in the least time on so many runners at once, each core carrying
// `overlap` pixels of context on all sides.
export function planned({width, height, passes}, overlap, runners) {
    const cuts = (length) => Array.from({length: Math.ceil(length / LEAST_CORE_PX)}, (_, index) => index + 1);
    const most = Math.max(MOST_TILE_PIXELS, (LEAST_CORE_PX + 2 * overlap) ** 2);
    let best = {cost: Infinity};
    for (const columns of cuts(width)) {
        const width_px = Math.ceil(width / columns) + 2 * overlap;
        for (const rows of cuts(height)) {
            const height_px = Math.ceil(height / rows) + 2 * overlap;
            const pixels = width_px * height_px;
            const cost = Math.ceil((columns * rows * passes) / runners) * pixels;
            if (pixels <= most && cost < best.cost) best = {cost, width_px, height_px};
        }
    }
    return {width_px: best.width_px, height_px: best.height_px, overlap_px: overlap};
}

// Height and width of a tile without its context.
export function coreOf({height_px, width_px, overlap_px}) {
    return {rows: height_px - 2 * overlap_px, columns: width_px - 2 * overlap_px};
}

// The core of a network's output for a tile: uint8 RGB. Floats in [0, 1] are rounded to the nearest level, as
// NumPy rounds.
export function enlargedCore(output, tile, scale) {
    const {rows, columns} = coreOf(tile);
    const [from, rowLength, length] = [tile.overlap_px, tile.width_px, columns].map((px) => px * scale);
    const isFloat = output instanceof Float32Array;
    const result = new Uint8Array(rows * scale * length * 3);
    for (let row = 0; row < rows * scale; row++) {
        const start = ((from + row) * rowLength + from) * 3;
        const line = output.subarray(start, start + length * 3);
        result.set(isFloat ? line.map(levelOf) : line, row * length * 3);
    }
    return result;
}

function levelOf(value) {
    if (!Number.isFinite(value)) {
        throw new Error(`A network gives finite numbers. Received: ${value}. Use the int8 file.`);
    }
    const exact = Math.fround(Math.min(Math.max(value, 0), 1) * 255);
    const floor = Math.floor(exact);
    const isUp = exact - floor > 0.5 || (exact - floor === 0.5 && floor % 2 === 1);
    return isUp ? floor + 1 : floor;
}

// Where cores begin along an edge; the last one may reach beyond it.
export function starts(length, core) {
    return Array.from({length: Math.ceil(length / core)}, (_, index) => index * core);
}

// The tile whose core begins at (top, left), with its context: uint8 RGB (height_px, width_px, 3). Beyond the
// picture its edges are repeated. channels: which of red, green, blue and alpha to take, such as [3, 3, 3].
export function cut({width, height, rgba}, top, left, {height_px, width_px, overlap_px: overlap}, channels) {
    const [first, second, third] = channels;
    const tile = new Uint8Array(height_px * width_px * 3);
    const columns = Int32Array.from({length: width_px}, (_, index) => 4 * within(left - overlap + index, width));
    for (let row = 0, target = 0; row < height_px; row++) {
        const line = within(top - overlap + row, height) * width * 4;
        for (let column = 0; column < width_px; column++, target += 3) {
            const source = line + columns[column];
            tile[target] = rgba[source + first];
            tile[target + 1] = rgba[source + second];
            tile[target + 2] = rgba[source + third];
        }
    }
    return tile;
}

const within = (position, length) => Math.min(Math.max(position, 0), length - 1);

// Rows of the enlarged picture while its tiles come: uint8 with interleaved channels.
export class Band {
    // width, height: of the band, enlarged. coreWidth: of an enlarged core.
    constructor(width, height, channels, coreWidth) {
        Object.assign(this, {width, height, channels, coreWidth});
        this.pixels = new Uint8Array(width * height * channels);
    }

    // An enlarged core, uint8 RGB, from the column `left` on. isGrey: as the rounded mean of its channels.
    placeColour(core, left, isGrey) {
        const {pixels} = this;
        this.forEachPixel(left, (source, target) => {
            if (isGrey) {
                pixels[target] = mean(core, source);
                return;
            }
            pixels[target] = core[source];
            pixels[target + 1] = core[source + 1];
            pixels[target + 2] = core[source + 2];
        });
    }

    fillAlpha(value) {
        for (let index = this.channels - 1; index < this.pixels.length; index += this.channels) {
            this.pixels[index] = value;
        }
    }

    // Calls put(index in the core, index in the band, row, column) for each pixel of a core within the band.
    forEachPixel(left, put) {
        const columns = Math.min(this.coreWidth, this.width - left);
        for (let row = 0; row < this.height; row++) {
            let source = row * this.coreWidth * 3;
            let target = (row * this.width + left) * this.channels;
            for (let column = 0; column < columns; column++, source += 3, target += this.channels) {
                put(source, target, row, column);
            }
        }
    }
}

export const mean = (core, index) => Math.floor((core[index] + core[index + 1] + core[index + 2] + 1) / 3);
