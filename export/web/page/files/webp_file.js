// A WebP's header, and the file with its orientation and colour profile taken out.

import {PictureError} from "../picture_error.js";
import {Bytes, joined} from "./bytes.js";
import {orientation} from "./exif.js";

const ANIMATION = 0x02;
const ALPHA = 0x10;
const PROFILE_AND_EXIF = 0x20 | 0x08;

export const isWebp = (bytes) => bytes.startsWith("RIFF") && bytes.startsWith("WEBP", 8);

export function inspectWebp(bytes) {
    const found = {width: 0, height: 0, orientation: 1, hasAlpha: false, animated: false, profile: null};
    const kept = [];
    const end = 8 + bytes.number(4, 4, true);
    for (let offset = 12; offset + 8 <= end; ) {
        const name = bytes.name(offset);
        const length = bytes.number(offset + 4, 4, true);
        const data = new Bytes(bytes.at(offset + 8, length));
        const padded = 8 + length + (length % 2);
        if (name === "EXIF") {
            const start = data.startsWith("Exif\0\0") ? 6 : 0;
            found.orientation = orientation(new Bytes(data.at(start, length - start)));
        } else if (name === "ICCP") {
            found.profile = data.array;
        } else {
            const chunk = bytes.at(offset, Math.min(padded, bytes.length - offset)).slice();
            if (name === "VP8X") chunk[8] &= ~PROFILE_AND_EXIF;
            kept.push(chunk);
        }
        // The first of them tells the size; in an extended file VP8 and VP8L come later.
        if (!found.width && name in SIZES) Object.assign(found, SIZES[name](data));
        offset += padded;
    }
    if (!found.width) throw new PictureError("damaged");
    const body = joined(kept);
    const head = bytes.at(0, 12).slice();
    new DataView(head.buffer).setUint32(4, body.length + 4, true);
    return {...found, type: "image/webp", plain: joined([head, body])};
}

const SIZES = {
    "VP8 ": (data) => ({width: data.number(6, 2, true) & 0x3fff, height: data.number(8, 2, true) & 0x3fff}),
    VP8L(data) {
        const bits = data.view.getUint32(1, true);
        return {
            width: (bits & 0x3fff) + 1,
            height: ((bits >>> 14) & 0x3fff) + 1,
            hasAlpha: Boolean((bits >>> 28) & 1),
        };
    },
    VP8X(data) {
        const flags = data.number(0, 1);
        return {
            width: data.number(4, 3, true) + 1,
            height: data.number(7, 3, true) + 1,
            hasAlpha: Boolean(flags & ALPHA),
            animated: Boolean(flags & ANIMATION),
        };
    },
};
