// Reading numbers and names out of a file. A place beyond its end is damage, never zero.

import {PictureError} from "../picture_error.js";

export class Bytes {
    constructor(array) {
        this.array = array;
        this.length = array.length;
        this.view = new DataView(array.buffer, array.byteOffset, array.byteLength);
    }

    // Of `count` bytes at `offset`: no copy.
    at(offset, count) {
        if (offset < 0 || count < 0 || offset + count > this.length) throw new PictureError("damaged");
        return this.array.subarray(offset, offset + count);
    }

    name(offset, count = 4) {
        return String.fromCharCode(...this.at(offset, count));
    }

    number(offset, count, littleEndian = false) {
        const digits = [...this.at(offset, count)];
        if (littleEndian) digits.reverse();
        return digits.reduce((sum, digit) => sum * 256 + digit, 0);
    }

    startsWith(text, offset = 0) {
        return offset + text.length <= this.length && this.name(offset, text.length) === text;
    }
}

export function joined(arrays) {
    const result = new Uint8Array(arrays.reduce((sum, array) => sum + array.length, 0));
    let offset = 0;
    for (const array of arrays) {
        result.set(array, offset);
        offset += array.length;
    }
    return result;
}

// The first `most` bytes at most of zlib data (RFC 1950), given in parts.
export async function inflated(parts, most) {
    const reader = new Blob(parts).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
    const result = [];
    let total = 0;
    while (total < most) {
        const {done, value} = await reader.read();
        if (done) break;
        result.push(value.subarray(0, most - total));
        total += value.length;
    }
    reader.cancel().catch(() => {});
    return joined(result);
}
