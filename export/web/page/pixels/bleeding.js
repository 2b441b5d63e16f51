// Colour under transparency. Kept step by step to waifu4x_tf/imaging/alpha.py, rounding to float32 where
// NumPy does, so that both fill the same bytes.

const round = Math.fround;

// Fills the colour of fully transparent pixels smoothly from the visible ones, in place: a push-pull pyramid.
export function bleed({width, height, rgba}) {
    let hidden = 0;
    for (let index = 3; index < rgba.length; index += 4) if (rgba[index] === 0) hidden += 1;
    if (hidden === 0 || hidden === width * height) return;
    const smooth = filled(halvedPixels(width, height, rgba));
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

function halvedPixels(width, height, rgba) {
    return halvedFrom(width, height, (index, out) => {
        out[3] = round(rgba[index * 4 + 3] / 255);
        for (let channel = 0; channel < 3; channel++) out[channel] = round(rgba[index * 4 + channel] * out[3]);
    });
}

function halved({width, height, colour, weight}) {
    return halvedFrom(width, height, (index, out) => {
        out[3] = weight[index];
        for (let channel = 0; channel < 3; channel++) out[channel] = round(colour[index * 3 + channel] * out[3]);
    });
}

// Push: 2 x 2 means of colours by weight, and the sum of weights, saturated at 1. read(index, out) gives a
// pixel's colour times its weight, and its weight; beyond the picture all are 0.
function halvedFrom(width, height, read) {
    const result = level(Math.ceil(width / 2), Math.ceil(height / 2));
    const corners = [new Float32Array(4), new Float32Array(4), new Float32Array(4), new Float32Array(4)];
    for (let y = 0; y < result.height; y++) {
        for (let x = 0; x < result.width; x++) {
            for (let corner = 0; corner < 4; corner++) {
                const column = 2 * x + (corner & 1);
                const row = 2 * y + (corner >> 1);
                if (column < width && row < height) read(row * width + column, corners[corner]);
                else corners[corner].fill(0);
            }
            const [topLeft, topRight, bottomLeft, bottomRight] = corners;
            const sum = (i) => round(round(topLeft[i] + bottomLeft[i]) + round(topRight[i] + bottomRight[i]));
            const total = sum(3);
            const target = y * result.width + x;
            const divisor = Math.max(total, LEAST_WEIGHT);
            for (let channel = 0; channel < 3; channel++) {
                result.colour[target * 3 + channel] = sum(channel) / divisor;
            }
            result.weight[target] = Math.min(total, 1);
        }
    }
    return result;
}

const LEAST_WEIGHT = round(1e-12);

// Pull: the level with every pixel coloured.
function filled(fine) {
    const {width, height, colour, weight} = fine;
    if ((width === 1 && height === 1) || weight.every((value) => value >= 1)) return fine;
    const coarse = filled(halved(fine));
    const row = new Float32Array(width * 3);
    for (let y = 0; y < height; y++) {
        doubledRow(coarse, y, width, row);
        for (let x = 0; x < width; x++) {
            const share = weight[y * width + x];
            for (let channel = 0; channel < 3; channel++) {
                const index = (y * width + x) * 3 + channel;
                const smooth = row[x * 3 + channel];
                colour[index] = smooth + round(round(colour[index] - smooth) * share);
            }
        }
    }
    return fine;
}

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
