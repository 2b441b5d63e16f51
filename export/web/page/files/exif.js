// The orientation in an EXIF block (a TIFF file without pixels), and pixels turned by it.

const ORIENTATION = 0x0112;

// 1 to 8. An orientation that cannot be read is 1: the pixels still count.
export function orientation(block) {
    try {
        const little = block.name(0, 2) === "II";
        const directory = block.number(4, 4, little);
        for (let entry = 0; entry < block.number(directory, 2, little); entry++) {
            const offset = directory + 2 + 12 * entry;
            if (block.number(offset, 2, little) === ORIENTATION) {
                const value = block.number(offset + 8, 2, little);
                return value >= 1 && value <= 8 ? value : 1;
            }
        }
    } catch {
        // corrupt
    }
    return 1;
}

// Whether an orientation exchanges width and height.
export const isSideways = (value) => value >= 5;

// RGBA pixels turned upright: {width, height, rgba}, the same array when there is nothing to turn.
export function turnedUpright({width, height, rgba}, value) {
    if (value === 1) return {width, height, rgba};
    const [newWidth, newHeight] = isSideways(value) ? [height, width] : [width, height];
    const source = new Uint32Array(rgba.buffer, rgba.byteOffset, width * height);
    const target = new Uint32Array(width * height);
    const [right, bottom] = [width - 1, (height - 1) * width];
    // Where in the stored pixels the upright picture begins, and the steps to the right and down.
    const [start, stepRight, stepDown] = {
        2: [right, -1, width],
        3: [bottom + right, -1, -width],
        4: [bottom, 1, -width],
        5: [0, width, 1],
        6: [bottom, -width, 1],
        7: [bottom + right, -width, -1],
        8: [right, width, -1],
    }[value];
    for (let y = 0; y < newHeight; y++) {
        for (let x = 0; x < newWidth; x++) {
            target[y * newWidth + x] = source[start + x * stepRight + y * stepDown];
        }
    }
    return {width: newWidth, height: newHeight, rgba: new Uint8Array(target.buffer)};
}
