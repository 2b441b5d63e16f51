// The pixels of a PNG, decoded here: exact in every browser. What comes out of a canvas is not, where there is
// no WebGL, or where a browser adds noise against fingerprinting.

import {PictureError} from "../picture_error.js";
import {inflated} from "./bytes.js";

const SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}; // by colour type
const [GREY, RGB, PALETTE, GREY_ALPHA, RGBA] = [0, 2, 3, 4, 6];
// [first column, first row, step, step]
const WHOLE = [[0, 0, 1, 1]];
const ADAM7 = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
];

// uint8 RGBA of up to 8 bits a channel.
export async function pngPixels({width, height, png}) {
    const bits = SAMPLES[png.colourType] * png.depth;
    const allowed = png.colourType === GREY ? [1, 2, 4, 8] : png.colourType === PALETTE ? [1, 2, 4, 8] : [8];
    if (!allowed.includes(png.depth) || !bits) throw new PictureError("damaged");
    const passes = (png.isInterlaced ? ADAM7 : WHOLE)
        .map(([left, top, across, down]) => {
            const [columns, rows] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
            return {left, top, across, down, columns, rows, rowBytes: Math.ceil((columns * bits) / 8)};
        })
        .filter(({columns, rows}) => columns > 0 && rows > 0);
    const total = passes.reduce((sum, {rows, rowBytes}) => sum + rows * (rowBytes + 1), 0);
    let data;
    try {
        data = await inflated(png.data, total);
    } catch {
        throw new PictureError("damaged");
    }
    if (data.length < total) throw new PictureError("damaged");
    const rgba = new Uint8Array(width * height * 4);
    const put = putter(png, rgba);
    let offset = 0;
    for (const pass of passes) {
        let above = new Uint8Array(pass.rowBytes);
        for (let row = 0; row < pass.rows; row++) {
            const line = data.subarray(offset + 1, offset + 1 + pass.rowBytes);
            unfilter(data[offset], line, above, Math.max(1, bits >> 3));
            const start = ((pass.top + row * pass.down) * width + pass.left) * 4;
            for (let column = 0; column < pass.columns; column++) put(line, column, start + column * pass.across * 4);
            above = line;
            offset += pass.rowBytes + 1;
        }
    }
    return rgba;
}

// Undoes a row's filter in place (W3C PNG, 9.2). distance: to the pixel on the left, in bytes.
function unfilter(type, line, above, distance) {
    if (type > 4) throw new PictureError("damaged");
    for (let index = 0; type && index < line.length; index++) {
        const left = index < distance ? 0 : line[index - distance];
        const up = above[index];
        if (type === 1) line[index] += left;
        else if (type === 2) line[index] += up;
        else if (type === 3) line[index] += (left + up) >> 1;
        else line[index] += paeth(left, up, index < distance ? 0 : above[index - distance]);
    }
}

export function paeth(left, up, corner) {
    const toLeft = Math.abs(up - corner);
    const toUp = Math.abs(left - corner);
    const toCorner = Math.abs(left + up - 2 * corner);
    return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}

// A function that puts a row's pixel into RGBA.
function putter({depth, colourType, palette, tRNS}, rgba) {
    const set = (target, red, green, blue, alpha) => {
        rgba[target] = red;
        rgba[target + 1] = green;
        rgba[target + 2] = blue;
        rgba[target + 3] = alpha;
    };
    const hasClear = tRNS !== null && tRNS.length >= 2 * SAMPLES[colourType];
    const [clear, clearGreen, clearBlue] = hasClear ? [0, 2, 4].map((at) => 256 * tRNS[at] + tRNS[at + 1]) : [-1];
    const most = 2 ** depth - 1;
    const sample = (line, column) => {
        if (depth === 8) return line[column];
        const bit = column * depth;
        return (line[bit >> 3] >> (8 - depth - (bit & 7))) & most;
    };
    return {
        [GREY](line, column, target) {
            const value = sample(line, column);
            const grey = (value * 255) / most;
            set(target, grey, grey, grey, value === clear ? 0 : 255);
        },
        [RGB](line, column, target) {
            const red = line[3 * column];
            const green = line[3 * column + 1];
            const blue = line[3 * column + 2];
            const isClear = red === clear && green === clearGreen && blue === clearBlue;
            set(target, red, green, blue, isClear ? 0 : 255);
        },
        [PALETTE](line, column, target) {
            const place = sample(line, column);
            // Beyond its end a palette is black, and beyond theirs its alphas are 255.
            const colour = (channel) => palette?.[3 * place + channel] ?? 0;
            set(target, colour(0), colour(1), colour(2), tRNS?.[place] ?? 255);
        },
        [GREY_ALPHA](line, column, target) {
            const grey = line[2 * column];
            set(target, grey, grey, grey, line[2 * column + 1]);
        },
        [RGBA](line, column, target) {
            for (let channel = 0; channel < 4; channel++) rgba[target + channel] = line[4 * column + channel];
        },
    }[colourType];
}
