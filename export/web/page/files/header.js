// What a file is, from its content and before a pixel is decoded; what is not read is refused by name.

import {PictureError} from "../picture_error.js";
import {Bytes} from "./bytes.js";
import {inspectBmp, inspectGif, isBmp, isGif} from "./gif_and_bmp.js";
import {inspectJpeg, isJpeg} from "./jpeg_file.js";
import {inspectPng, isPng} from "./png_file.js";
import {inspectWebp, isWebp} from "./webp_file.js";

// A decoded picture of this size takes 64 MB, and its enlargement, of 256 megapixels, is never held whole.
export const MOST_MEGAPIXELS = 16;
export const MOST_FILE_MEGABYTES = 100;

const FORMATS = [
    [isPng, inspectPng],
    [isJpeg, inspectJpeg],
    [isWebp, inspectWebp],
    [isGif, inspectGif],
    [isBmp, inspectBmp],
];

// [offset, beginning, name]
const REFUSED = [
    [4, "ftypavi", "AVIF"],
    [4, "ftyphe", "HEIC"],
    [4, "ftypmif1", "HEIF"],
    [4, "ftyp", "MP4"],
    [0, "\x1aE\xdf\xa3", "WebM"],
    [0, "II*\0", "TIFF"],
    [0, "MM\0*", "TIFF"],
    [0, "\xff\x0a", "JPEG XL"],
    [0, "\0\0\0\x0cJXL ", "JPEG XL"],
    [0, "8BPS", "Photoshop"],
    [0, "gimp xcf", "GIMP"],
    [0, "%PDF", "PDF"],
    [0, "<svg", "SVG"],
    [0, "PK\x03\x04", "ZIP"],
];

// The header: width and height as stored, orientation 1 to 8, hasAlpha, animated, profile (an ICC profile or
// null); of a JPEG quality, 1 to 100, or null. Of a PNG also png, what its pixels are made of; of the rest type and plain, the file's bytes without what
// makes a browser turn the picture or convert its colours.
export async function inspect(array) {
    const bytes = new Bytes(array);
    const format = FORMATS.find(([isFormat]) => isFormat(bytes));
    if (!format) {
        const refused = REFUSED.find(([offset, beginning]) => bytes.startsWith(beginning, offset));
        throw refused ? new PictureError("refused_format", {format: refused[2]}) : new PictureError("no_picture");
    }
    const header = await format[1](bytes);
    const {width, height} = header;
    if (width < 1 || height < 1) throw new PictureError("damaged");
    if (width * height > MOST_MEGAPIXELS * 1e6) {
        const megapixels = Math.round((width * height) / 1e5) / 10;
        throw new PictureError("too_large", {width, height, megapixels, most: MOST_MEGAPIXELS});
    }
    return header;
}
