// A half-size copy of a result that is too large to be shown.

import {PngWriter} from "../files/png_writer.js";

// Shown whole, a picture of this size takes 200 MB of the browser's memory.
const MOST_SHOWN_MEGAPIXELS = 50;

export class Preview {
    // Null for a picture that can be shown as it is. Width and height are even.
    static ifNeeded(width, height, channels, profile) {
        if (width * height <= MOST_SHOWN_MEGAPIXELS * 1e6) return null;
        return new Preview(width, height, channels, profile);
    }

    constructor(width, height, channels, profile) {
        Object.assign(this, {width, channels});
        this.writer = new PngWriter(width / 2, height / 2, channels, profile);
    }

    // An even number of whole rows.
    write(pixels) {
        const {width, channels} = this;
        const rowBytes = width * channels;
        const half = new Uint8Array(pixels.length / 4);
        for (let row = 0, target = 0; row < pixels.length / rowBytes; row += 2) {
            for (let column = 0; column < width; column += 2) {
                const source = row * rowBytes + column * channels;
                for (let channel = source; channel < source + channels; channel++, target++) {
                    const above = pixels[channel] + pixels[channel + channels];
                    const below = pixels[channel + rowBytes] + pixels[channel + rowBytes + channels];
                    half[target] = (above + below + 2) >> 2;
                }
            }
        }
        return this.writer.write(half);
    }

    finish() {
        return this.writer.finish();
    }
}
