// A picture file to exact pixels.
//
// PNG is decoded by us. Of the rest a 2D canvas stores colours multiplied by alpha, which loses those of faint
// pixels, and so does ImageDecoder in Chromium. A WebGL texture filled from a bitmap that was not premultiplied
// gives back the very bytes.

import {PictureError} from "../picture_error.js";
import {turnedUpright} from "./exif.js";
import {pngPixels} from "./png_pixels.js";

const UNCHANGED = {premultiplyAlpha: "none", colorSpaceConversion: "none"};
// Every WebGL takes textures of this edge.
const BLOCK_PX = 2048;

// {width, height, rgba, hasAlpha, isGrey, profile, isChanged}; isChanged: the browser gave other colours than
// the file holds.
export async function decode(header) {
    const {width, height, hasAlpha, profile} = header;
    const decoded = header.png ? {rgba: await pngPixels(header), isChanged: false} : await pixelsByBrowser(header);
    const {rgba, isChanged} = decoded;
    if (!hasAlpha) fillOpaque(rgba);
    const upright = turnedUpright({width, height, rgba}, header.orientation);
    return {...upright, hasAlpha, isGrey: isGrey(upright.rgba), profile, isChanged};
}

async function pixelsByBrowser({width, height, hasAlpha, type, plain}) {
    let bitmap;
    try {
        bitmap = await createImageBitmap(new Blob([plain], {type}), UNCHANGED);
    } catch {
        throw new PictureError("damaged");
    }
    if (bitmap.width !== width || bitmap.height !== height) throw new PictureError("damaged");
    try {
        const exact = (await isExact(pixelsByWebGL)) ? await pixelsByWebGL(bitmap) : null;
        if (exact) return {rgba: exact, isChanged: false};
        const rgba = pixelsByCanvas(bitmap);
        const isRounded = hasAlpha && hasFaintPixels(rgba);
        return {rgba, isChanged: isRounded || !(await isExact(pixelsByCanvas, true))};
    } finally {
        bitmap.close();
    }
}

// Whether known pixels come back: there may be no WebGL, and some browsers add noise against fingerprinting.
async function isExact(read, isOpaque = false) {
    const edge = 64;
    const known = Uint8ClampedArray.from({length: edge * edge * 4}, (_, i) => (i * 2654435761) >>> 24);
    if (isOpaque) fillOpaque(known);
    const bitmap = await createImageBitmap(new ImageData(known, edge, edge), UNCHANGED);
    const rgba = await read(bitmap);
    bitmap.close();
    return rgba !== null && rgba.every((value, index) => value === known[index]);
}

// Null when there is no WebGL.
async function pixelsByWebGL(bitmap) {
    const gl = new OffscreenCanvas(1, 1).getContext("webgl");
    if (!gl) return null;
    const {width, height} = bitmap;
    const rgba = new Uint8Array(width * height * 4);
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
    for (let top = 0; top < height; top += BLOCK_PX) {
        for (let left = 0; left < width; left += BLOCK_PX) {
            const [blockWidth, blockHeight] = [Math.min(BLOCK_PX, width - left), Math.min(BLOCK_PX, height - top)];
            const block = await createImageBitmap(bitmap, left, top, blockWidth, blockHeight, UNCHANGED);
            gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, block);
            block.close();
            gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
            const pixels = new Uint8Array(blockWidth * blockHeight * 4);
            gl.readPixels(0, 0, blockWidth, blockHeight, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
            if (gl.getError() !== gl.NO_ERROR) return null;
            for (let row = 0; row < blockHeight; row++) {
                const line = pixels.subarray(row * blockWidth * 4, (row + 1) * blockWidth * 4);
                rgba.set(line, ((top + row) * width + left) * 4);
            }
        }
    }
    gl.getExtension("WEBGL_lose_context")?.loseContext();
    return rgba;
}

// Exact where alpha is 0 or 255. In strips, because a canvas has a largest size too.
function pixelsByCanvas(bitmap) {
    const {width, height} = bitmap;
    const rgba = new Uint8Array(width * height * 4);
    const canvas = new OffscreenCanvas(width, Math.min(height, 256));
    const context = canvas.getContext("2d", {willReadFrequently: true});
    if (!context) throw new PictureError("engine", {detail: "no canvas"});
    for (let top = 0; top < height; top += canvas.height) {
        const rows = Math.min(canvas.height, height - top);
        context.clearRect(0, 0, width, canvas.height);
        context.drawImage(bitmap, 0, -top);
        rgba.set(context.getImageData(0, 0, width, rows).data, top * width * 4);
    }
    return rgba;
}

function fillOpaque(rgba) {
    for (let index = 3; index < rgba.length; index += 4) rgba[index] = 255;
}

function isGrey(rgba) {
    for (let index = 0; index < rgba.length; index += 4) {
        if (rgba[index] !== rgba[index + 1] || rgba[index] !== rgba[index + 2]) return false;
    }
    return true;
}

function hasFaintPixels(rgba) {
    for (let index = 3; index < rgba.length; index += 4) {
        if (rgba[index] > 0 && rgba[index] < 255) return true;
    }
    return false;
}
