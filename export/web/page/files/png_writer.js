// A PNG written as its rows come, so that the enlarged picture is never held whole.

import {joined} from "./bytes.js";
import {chunk, SIGNATURE} from "./png_chunks.js";
import {paeth} from "./png_pixels.js";

const PAETH = 4;

export class PngWriter {
    // channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA. profile: an ICC profile that fits them, or null.
    constructor(width, height, channels, profile = null) {
        this.rowBytes = width * channels;
        this.channels = channels;
        this.above = new Uint8Array(this.rowBytes);
        this.parts = [SIGNATURE, chunk("IHDR", header(width, height, channels))];
        const deflate = new CompressionStream("deflate");
        this.rows = deflate.writable.getWriter();
        this.done = this.collect(deflate.readable.getReader(), profile);
        this.done.catch(() => {}); // finish() tells
    }

    // Whole rows, uint8 with interleaved channels.
    async write(pixels) {
        await this.rows.write(this.filtered(pixels));
    }

    async finish() {
        await this.rows.close();
        await this.done;
        this.parts.push(chunk("IEND", new Uint8Array(0)));
        return new Blob(this.parts, {type: "image/png"});
    }

    async collect(reader, profile) {
        if (profile) {
            const deflate = new Blob([profile]).stream().pipeThrough(new CompressionStream("deflate"));
            const content = new Uint8Array(await new Response(deflate).arrayBuffer());
            this.parts.push(chunk("iCCP", joined([new TextEncoder().encode("ICC Profile\0\0"), content])));
        }
        for (;;) {
            const {done, value} = await reader.read();
            if (done) return;
            // A Blob may leave memory for the disk; an array may not.
            this.parts.push(new Blob([chunk("IDAT", value)]));
        }
    }

    // Every row by the Paeth filter (W3C PNG, 9.4): on enlarged drawings choosing among all five saves nothing.
    filtered(pixels) {
        const {rowBytes, channels} = this;
        const count = pixels.length / rowBytes;
        const result = new Uint8Array(pixels.length + count);
        let above = this.above;
        for (let row = 0, target = 0; row < count; row++) {
            const line = pixels.subarray(row * rowBytes, (row + 1) * rowBytes);
            result[target++] = PAETH;
            for (let index = 0; index < rowBytes; index++) {
                const left = index < channels ? 0 : line[index - channels];
                const corner = index < channels ? 0 : above[index - channels];
                result[target++] = line[index] - paeth(left, above[index], corner);
            }
            above = line;
        }
        this.above = above.slice();
        return result;
    }
}

// The profile if it is whole and fits the channels, else null: viewers refuse a mismatch, or show wrong colours.
export function usableProfile(profile, isGrey) {
    if (!profile || profile.length < 128) return null;
    // ICC.1:2022, 7.2: the size at 0, the data colour space at 16, the signature at 36.
    const text = (offset) => String.fromCharCode(...profile.subarray(offset, offset + 4));
    const declared = new DataView(profile.buffer, profile.byteOffset, 4).getUint32(0);
    const isWhole = text(36) === "acsp" && declared >= 128 && declared <= profile.length;
    return isWhole && text(16) === (isGrey ? "GRAY" : "RGB ") ? profile : null;
}

function header(width, height, channels) {
    const data = new Uint8Array(13);
    const view = new DataView(data.buffer);
    view.setUint32(0, width);
    view.setUint32(4, height);
    data.set([8, [0, 0, 4, 2, 6][channels]], 8);
    return data;
}
