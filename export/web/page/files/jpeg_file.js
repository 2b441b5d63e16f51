// A JPEG's header, and the file with its orientation and colour profile taken out.

import {PictureError} from "../picture_error.js";
import {Bytes, joined} from "./bytes.js";
import {orientation} from "./exif.js";
import {qualityOf, tablesOf} from "./jpeg_quality.js";

const TABLES = 0xdb;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
// Frame headers: baseline, progressive and the rest, without DHT, JPG and DAC, which lie between them.
const isFrameHeader = (marker) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
// TEM and the restarts have no content.
const isBare = (marker) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

export const isJpeg = (bytes) => bytes.startsWith("\xff\xd8\xff");

export function inspectJpeg(bytes) {
    const found = {width: 0, height: 0, orientation: 1, hasAlpha: false, animated: false};
    const kept = [bytes.at(0, 2)];
    const profileParts = [];
    const tables = {};
    let offset = 2;
    for (;;) {
        if (bytes.number(offset, 1) !== 0xff) throw new PictureError("damaged");
        const marker = bytes.number(offset + 1, 1);
        if (marker === START_OF_SCAN) break;
        if (marker === END_OF_IMAGE) throw new PictureError("damaged");
        if (marker === 0xff || isBare(marker)) {
            offset += marker === 0xff ? 1 : 2;
            continue;
        }
        const length = bytes.number(offset + 2, 2);
        const data = new Bytes(bytes.at(offset + 4, length - 2));
        const [isExif, isProfile] = ["Exif\0\0", "ICC_PROFILE\0"].map((name) => data.startsWith(name));
        if (isExif) found.orientation = orientation(new Bytes(data.at(6, data.length - 6)));
        else if (isProfile) profileParts.push({place: data.number(12, 1), content: data.at(14, data.length - 14)});
        else kept.push(bytes.at(offset, length + 2));
        if (marker === TABLES) Object.assign(tables, tablesOf(data));
        if (isFrameHeader(marker)) Object.assign(found, frame(data));
        offset += length + 2;
    }
    if (!found.width) throw new PictureError("damaged");
    kept.push(bytes.at(offset, bytes.length - offset));
    profileParts.sort((one, other) => one.place - other.place);
    const profile = profileParts.length ? joined(profileParts.map((part) => part.content)) : null;
    const quality = tables[found.table] ? qualityOf(tables[found.table]) : null;
    return {...found, quality, profile, type: "image/jpeg", plain: joined(kept)};
}

function frame(data) {
    if (data.number(0, 1) > 8) throw new PictureError("too_many_bits");
    if (data.number(5, 1) === 4) throw new PictureError("cmyk");
    return {height: data.number(1, 2), width: data.number(3, 2), table: data.number(8, 1)};
}
