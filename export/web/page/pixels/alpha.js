// The enlargement of alpha: through the network as a grey picture, then held to what the small one allows.

import {mean} from "./tiling.js";

// {lowest, highest, isBinary} of the alpha of RGBA pixels.
export function alphaRange(rgba) {
    let [lowest, highest, isBinary] = [255, 0, true];
    for (let index = 3; index < rgba.length; index += 4) {
        const value = rgba[index];
        if (value < lowest) lowest = value;
        if (value > highest) highest = value;
        if (value > 0 && value < 255) isBinary = false;
    }
    return {lowest, highest, isBinary};
}

// Puts an enlarged core of alpha into a band whose first row is the small picture's row `top`; the core begins
// at the small column `left`. Each value stays between the least and the greatest of the 3 x 3 small pixels
// around it, so that transparent and opaque stay so and no edge rings; of two values only two come.
export function placeAlpha(band, core, {picture, scale, top, left, isBinary}) {
    const limits = limitsAround(picture, top, left, band.height / scale, band.coreWidth / scale);
    band.forEachPixel(left * scale, (source, target, row, column) => {
        let value = mean(core, source);
        if (isBinary) value = value >= 128 ? 255 : 0;
        const place = 2 * (Math.floor(row / scale) * limits.columns + Math.floor(column / scale));
        const [least, most] = [limits.values[place], limits.values[place + 1]];
        band.pixels[target + band.channels - 1] = Math.min(Math.max(value, least), most);
    });
}

// The least and the greatest alpha in the 3 x 3 neighbourhood of each pixel of a rectangle.
function limitsAround({width, height, rgba}, top, left, rows, columns) {
    const values = new Uint8Array(rows * columns * 2);
    for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns && left + column < width; column++) {
            let [least, most] = [255, 0];
            for (let y = Math.max(0, top + row - 1); y <= Math.min(height - 1, top + row + 1); y++) {
                for (let x = Math.max(0, left + column - 1); x <= Math.min(width - 1, left + column + 1); x++) {
                    const value = rgba[(y * width + x) * 4 + 3];
                    if (value < least) least = value;
                    if (value > most) most = value;
                }
            }
            values.set([least, most], 2 * (row * columns + column));
        }
    }
    return {columns, values};
}
