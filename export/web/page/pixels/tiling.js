// Tile geometry: a tile carries the network's whole receptive radius around its core, so the result is the
// same whatever the tiles. Sizes are in pixels of the small picture unless they say otherwise.

// The file whose tiles cost the least, on so many runners at once: {file, tiles}.
export function cheapest(files, {width, height, passes}, runners) {
    const costed = files.map((file) => {
        const {side_px: edge, core_px: core} = file.tile;
        const tiles = Math.ceil(width / core) * Math.ceil(height / core);
        return {file, tiles, cost: Math.ceil((tiles * passes) / runners) * edge * edge};
    });
    return costed.reduce((best, next) => (next.cost < best.cost ? next : best));
}

// Where cores begin along an edge; the last one may reach beyond it.
export function starts(length, core) {
    return Array.from({length: Math.ceil(length / core)}, (_, index) => index * core);
}

// The tile whose core begins at (top, left), with its context: uint8 RGB (edge, edge, 3). Beyond the picture
// its edges are repeated. channels: which of red, green, blue and alpha to take, such as [3, 3, 3].
export function cut({width, height, rgba}, top, left, {side_px: edge, overlap_px: overlap}, channels) {
    const [first, second, third] = channels;
    const tile = new Uint8Array(edge * edge * 3);
    const columns = Int32Array.from({length: edge}, (_, index) => 4 * within(left - overlap + index, width));
    for (let row = 0, target = 0; row < edge; row++) {
        const line = within(top - overlap + row, height) * width * 4;
        for (let column = 0; column < edge; column++, target += 3) {
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
    // width, height: of the band, enlarged. coreEdge: of an enlarged core.
    constructor(width, height, channels, coreEdge) {
        Object.assign(this, {width, height, channels, coreEdge});
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
        const columns = Math.min(this.coreEdge, this.width - left);
        for (let row = 0; row < this.height; row++) {
            let source = row * this.coreEdge * 3;
            let target = (row * this.width + left) * this.channels;
            for (let column = 0; column < columns; column++, source += 3, target += this.channels) {
                put(source, target, row, column);
            }
        }
    }
}

export const mean = (core, index) => Math.floor((core[index] + core[index + 1] + core[index + 2] + 1) / 3);
