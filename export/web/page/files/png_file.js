// A PNG's chunks. Its pixels are decoded in png_pixels.js rather than by the browser.

import {PictureError} from "../picture_error.js";
import {Bytes, inflated} from "./bytes.js";
import {orientation} from "./exif.js";
import {checksum} from "./png_chunks.js";

const MOST_PROFILE_BYTES = 16 * 2 ** 20;
// Their data may decide about pixels, so damage in them is damage of the picture.
const NEEDED = new Set(["IHDR", "PLTE", "tRNS", "IDAT"]);

export const isPng = (bytes) => bytes.startsWith("\x89PNG\r\n\x1a\n");

export async function inspectPng(bytes) {
    const chunks = {IHDR: null, PLTE: null, tRNS: null, eXIf: null, iCCP: null, acTL: null};
    const data = []; // of all IDAT
    let name = "";
    for (let offset = 8; offset < bytes.length && name !== "IEND"; ) {
        const length = bytes.number(offset, 4);
        name = bytes.name(offset + 4);
        const content = bytes.at(offset + 8, length);
        if (NEEDED.has(name) && checksum(bytes.at(offset + 4, length + 4)) !== bytes.number(offset + 8 + length, 4)) {
            throw new PictureError("damaged");
        }
        if (name in chunks) chunks[name] ??= content;
        if (name === "IDAT") data.push(content);
        offset += length + 12;
        // What a picture claims is told from its header, whatever may be wrong behind it.
        if (name === "IHDR" && offset === 33) checkHeader(content);
        else if (!chunks.IHDR) throw new PictureError("damaged");
    }
    const header = new Bytes(chunks.IHDR ?? new Uint8Array(0));
    const [depth, colourType, , , interlacing] = header.at(8, 5);
    return {
        width: header.number(0, 4),
        height: header.number(4, 4),
        orientation: chunks.eXIf ? orientation(new Bytes(chunks.eXIf)) : 1,
        hasAlpha: colourType >= 4 || chunks.tRNS !== null,
        animated: chunks.acTL !== null,
        profile: chunks.iCCP && (await profile(chunks.iCCP)),
        png: {depth, colourType, isInterlaced: interlacing === 1, palette: chunks.PLTE, tRNS: chunks.tRNS, data},
    };
}

function checkHeader(content) {
    if (content[8] > 8) throw new PictureError("too_many_bits");
}

// A profile that cannot be read is none.
async function profile(content) {
    try {
        return await inflated([content.subarray(content.indexOf(0) + 2)], MOST_PROFILE_BYTES);
    } catch {
        return null;
    }
}
