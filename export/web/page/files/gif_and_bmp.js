// The headers of GIF and BMP.

import {PictureError} from "../picture_error.js";

const EXTENSION = 0x21;
const IMAGE = 0x2c;
const GRAPHIC_CONTROL = 0xf9;

export const isGif = (bytes) => bytes.startsWith("GIF87a") || bytes.startsWith("GIF89a");
export const isBmp = (bytes) => bytes.startsWith("BM");

export function inspectGif(bytes) {
    const found = {
        width: bytes.number(6, 2, true),
        height: bytes.number(8, 2, true),
        orientation: 1,
        hasAlpha: false,
        animated: false,
        profile: null,
        type: "image/gif",
        plain: bytes.array,
    };
    let offset = 13 + paletteBytes(bytes.number(10, 1));
    let pictures = 0;
    // Up to the second picture; what lies after the first may be damaged without harm.
    while (pictures < 2 && offset + 10 <= bytes.length) {
        const kind = bytes.number(offset, 1);
        if (kind === EXTENSION) {
            const isControl = bytes.number(offset + 1, 1) === GRAPHIC_CONTROL;
            if (isControl && !pictures) found.hasAlpha = Boolean(bytes.number(offset + 3, 1) & 1);
            offset = afterBlocks(bytes, offset + 2);
        } else if (kind === IMAGE) {
            pictures += 1;
            offset = afterBlocks(bytes, offset + 11 + paletteBytes(bytes.number(offset + 9, 1)));
        } else {
            break;
        }
    }
    if (!pictures) throw new PictureError("damaged");
    return {...found, animated: pictures > 1};
}

const paletteBytes = (flags) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

function afterBlocks(bytes, offset) {
    while (offset < bytes.length && bytes.array[offset]) offset += bytes.array[offset] + 1;
    return offset + 1;
}

export function inspectBmp(bytes) {
    const headerBytes = bytes.number(14, 4, true);
    const isOld = headerBytes === 12;
    bytes.at(14, isOld ? 12 : 40);
    const edge = (offset) => (isOld ? bytes.view.getUint16(offset, true) : bytes.view.getInt32(offset, true));
    // 32 bits a pixel, divided by masks of which the last is that of alpha.
    const hasMasks = headerBytes >= 56 && bytes.number(28, 2, true) === 32 && bytes.number(30, 4, true) === 3;
    return {
        width: edge(18),
        height: Math.abs(edge(isOld ? 20 : 22)), // negative: the rows are stored from top to bottom
        orientation: 1,
        hasAlpha: hasMasks && bytes.number(66, 4, true) > 0,
        animated: false,
        profile: null,
        type: "image/bmp",
        plain: bytes.array,
    };
}
