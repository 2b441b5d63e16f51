// Colour under transparency. Kept step by step to waifu4x_tf/imaging/alpha.py, rounding to float32 where
// NumPy does, so that both fill the same bytes.

const round = Math.fround;

// Visible pixels count where a block of this edge, or one beside it, has a transparent pixel.
const BLOCK_EDGE = 8;
// Colours are averaged so many times 2 x 2, and spread from there over so many pixels of that level.
const LEVELS = 4;
const RINGS = 3;
const LEAST_WEIGHT = round(1e-12);

// Fills the colour of fully transparent pixels smoothly from the visible ones near them, in place: a push-pull
// pyramid of finite reach.
export function bleed({width, height, rgba}) {
    let hidden = 0;
    for (let index = 3; index < rgba.length; index += 4) if (rgba[index] === 0) hidden += 1;
    if (hidden === 0 || hidden === width * height) return;
    const smooth = filled(halvedPixels(width, height, rgba), LEVELS - 1);
    const row = new Float32Array(width * 3);
    for (let y = 0; y < height; y++) {
        let isReady = false;
        for (let x = 0; x < width; x++) {
            const target = (y * width + x) * 4;
            if (rgba[target + 3] !== 0) continue;
            if (!isReady) doubledRow(smooth, y, width, row);
            isReady = true;
            for (let channel = 0; channel < 3; channel++) rgba[target + channel] = nearest(row[x * 3 + channel]);
        }
    }
}

// To the nearest whole number, halves to the even one.
export function nearest(value) {
    const floor = Math.floor(value);
    const rest = value - floor;
    if (rest !== 0.5) return rest < 0.5 ? floor : floor + 1;
    return floor % 2 === 0 ? floor : floor + 1;
}

function level(width, height) {
    const pixels = width * height;
    return {width, height, colour: new Float32Array(pixels * 3), weight: new Float32Array(pixels)};
}

// Which blocks have a transparent pixel, or are beside one that has: 1 or 0, (rows, columns) of blocks.
function blocksNearHidden(width, height, rgba) {
    const [columns, rows] = [Math.ceil(width / BLOCK_EDGE), Math.ceil(height / BLOCK_EDGE)];
    const hidden = new Uint8Array(columns * rows);
    for (let y = 0, index = 3; y < height; y++) {
        const line = Math.floor(y / BLOCK_EDGE) * columns;
        for (let x = 0; x < width; x++, index += 4) {
            if (rgba[index] === 0) hidden[line + Math.floor(x / BLOCK_EDGE)] = 1;
        }
    }
    const near = new Uint8Array(columns * rows);
    for (let block = 0; block < hidden.length; block++) {
        if (!hidden[block]) continue;
        const [row, column] = [Math.floor(block / columns), block % columns];
        const [left, right] = [Math.max(column - 1, 0), Math.min(column + 1, columns - 1)];
        for (let beside = Math.max(row - 1, 0); beside <= Math.min(row + 1, rows - 1); beside++) {
            near.fill(1, beside * columns + left, beside * columns + right + 1);
        }
    }
    return near;
}

// The first level, straight from the bytes. Only pixels near transparent ones count.
function halvedPixels(width, height, rgba) {
    const near = blocksNearHidden(width, height, rgba);
    const columns = Math.ceil(width / BLOCK_EDGE);
    return averagedFrom(width, height, 2, 0, (x, y, out) => {
        const index = (y * width + x) * 4;
        const counts = near[Math.floor(y / BLOCK_EDGE) * columns + Math.floor(x / BLOCK_EDGE)];
        out[3] = counts * (rgba[index + 3] / 255);
        for (let channel = 0; channel < 3; channel++) out[channel] = rgba[index + channel] * out[3];
    });
}

function averaged({width, height, colour, weight}, step, margin) {
    return averagedFrom(width, height, step, margin, (x, y, out) => {
        const index = y * width + x;
        out[3] = weight[index];
        for (let channel = 0; channel < 3; channel++) out[channel] = colour[index * 3 + channel] * out[3];
    });
}

// Means of colours by weight, and the sums of weights, saturated at 1: of each square of `step` pixels, with
// `margin` pixels more on every side. read(x, y, out) gives a pixel's colour times its weight, and its weight.
function averagedFrom(width, height, step, margin, read) {
    const result = level(Math.ceil(width / step), Math.ceil(height / step));
    const [pixel, columnSums, sums] = [new Float32Array(4), new Float32Array(4), new Float32Array(4)];
    for (let y = 0; y < result.height; y++) {
        const [top, bottom] = [Math.max(y * step - margin, 0), Math.min(y * step + step + margin, height)];
        for (let x = 0; x < result.width; x++) {
            const [left, right] = [Math.max(x * step - margin, 0), Math.min(x * step + step + margin, width)];
            sums.fill(0);
            // Each column's pixels first, then the columns: sums of floats depend on their order.
            for (let column = left; column < right; column++) {
                columnSums.fill(0);
                for (let row = top; row < bottom; row++) {
                    read(column, row, pixel);
                    for (let index = 0; index < 4; index++) columnSums[index] += pixel[index];
                }
                for (let index = 0; index < 4; index++) sums[index] += columnSums[index];
            }
            const target = y * result.width + x;
            const divisor = Math.max(sums[3], LEAST_WEIGHT);
            for (let channel = 0; channel < 3; channel++) {
                result.colour[target * 3 + channel] = sums[channel] / divisor;
            }
            result.weight[target] = Math.min(sums[3], 1);
        }
    }
    return result;
}

// Pull: the level with every pixel coloured.
function filled(fine, coarserLevels) {
    const {width, height, colour, weight} = fine;
    if ((width === 1 && height === 1) || weight.every((value) => value >= 1)) return fine;
    if (coarserLevels === 0) return spread(fine);
    const coarse = filled(averaged(fine, 2, 0), coarserLevels - 1);
    const row = new Float32Array(width * 3);
    for (let y = 0; y < height; y++) {
        doubledRow(coarse, y, width, row);
        for (let index = 0; index < row.length; index++) {
            const target = y * row.length + index;
            colour[target] = over(row[index], colour[target], weight[Math.floor(target / 3)]);
        }
    }
    return fine;
}

// The coarsest level with its colours spread ring by ring; beyond the rings 0.
function spread(coarsest) {
    let known = coarsest;
    for (let ring = 0; ring < RINGS; ring++) {
        const wider = averaged(known, 1, 1);
        for (let index = 0; index < wider.colour.length; index++) {
            const share = known.weight[Math.floor(index / 3)];
            wider.colour[index] = over(wider.colour[index], known.colour[index], share);
        }
        known = wider;
    }
    return known;
}

// What is known, by its weight, over what was guessed.
const over = (guess, known, weight) => round(guess + round(round(known - guess) * weight));

// Row y of the bilinear enlargement by two, into `out`.
function doubledRow({width: coarseWidth, height: coarseHeight, colour}, y, width, out) {
    const row = new Float32Array(coarseWidth * 3);
    const [near, beyond] = neighbours(y, coarseHeight);
    for (let index = 0; index < row.length; index++) {
        row[index] = between(colour[near * row.length + index], colour[beyond * row.length + index]);
    }
    for (let x = 0; x < width; x++) {
        const [left, right] = neighbours(x, coarseWidth);
        for (let channel = 0; channel < 3; channel++) {
            out[x * 3 + channel] = between(row[left * 3 + channel], row[right * 3 + channel]);
        }
    }
}

// Three quarters of the nearest, a quarter of the one beyond.
const between = (near, beyond) => round(round(0.75 * near) + round(0.25 * beyond));

function neighbours(position, length) {
    const near = position >> 1;
    return [near, Math.min(Math.max(near + (position % 2 ? 1 : -1), 0), length - 1)];
}
