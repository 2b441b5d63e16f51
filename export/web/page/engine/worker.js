// One job at a time: a picture file in, an enlarged PNG out. Everything heavy is here or below, never on the page.

import {decode} from "../files/decoding.js";
import {inspect, MOST_FILE_MEGABYTES} from "../files/header.js";
import {PngWriter, usableProfile} from "../files/png_writer.js";
import {PictureError} from "../picture_error.js";
import {coreOf, planned} from "../pixels/tiling.js";
import {bands, passesOf} from "../pixels/upscaling.js";
import {Preview} from "./preview.js";
import {MOST_RUNNERS, Runners} from "./runners.js";

// From there down the damage shows: where the library takes the medium denoise level.
const DAMAGED_QUALITY = 72;

let runners = null;
let running = null; // {file, accelerator} of the runners
let current = 0; // the job that may go on

async function upscale({job, file, entry: plain, denoise, mode, accelerator}) {
    const stopIfOld = () => {
        if (job !== current) throw new Error("stopped");
    };
    const tell = (kind, values) => job === current && self.postMessage({job, kind, ...values});
    if (file.size > MOST_FILE_MEGABYTES * 1e6) throw new PictureError("too_many_bytes", {most: MOST_FILE_MEGABYTES});
    const header = await inspect(new Uint8Array(await file.arrayBuffer()));
    const picture = await decode(header);
    stopIfOld();
    const isDamaged = header.quality <= DAMAGED_QUALITY && header.quality > 0; // other formats have none
    const entry = denoise && (mode === "on" || (mode === "auto" && isDamaged)) ? denoise : plain;
    const jpeg = entry === plain ? "jpeg_damage" : "jpeg_denoised";
    const notices = [
        header.animated && "first_picture_only",
        picture.isChanged && "colours_changed",
        isDamaged && mode === "auto" && jpeg,
    ].filter(Boolean);
    tell("opened", {width: picture.width, height: picture.height, notices, before: await small(picture)});

    const tile = planned(
        {...picture, passes: passesOf(picture)},
        entry.receptive_radius,
        accelerator === "webgpu" ? 1 : MOST_RUNNERS,
    );
    const used = await ready(entry, tile, accelerator, (share) => tell("loading", {share}));
    stopIfOld();
    if (used !== accelerator) tell("notice", {notice: "graphics_card_failed"});
    const progress = (done, total) => tell("progress", {done, total});
    const result = await enlarged(picture, {scale: entry.scale, tile}, {progress, stopIfOld});
    stopIfOld();
    tell("finished", {...result, accelerator: used});
}

// Each band is written and forgotten when it is whole.
async function enlarged(picture, {scale, tile}, {progress, stopIfOld}) {
    const {width, height, isGrey, hasAlpha} = picture;
    const channels = (isGrey ? 1 : 3) + (hasAlpha ? 1 : 0);
    const profile = usableProfile(picture.profile, isGrey);
    const whole = new PngWriter(width * scale, height * scale, channels, profile);
    const preview = Preview.ifNeeded(width * scale, height * scale, channels, profile);
    const tilesInBand = Math.ceil(width / coreOf(tile).columns) * passesOf(picture);
    const bandsAtOnce = 1 + Math.ceil((2 * runners.count) / tilesInBand);
    const runCore = (makeTile) => runners.run(makeTile);
    for await (const {pixels} of bands(picture, {scale, tile}, runCore, {bandsAtOnce, progress})) {
        stopIfOld();
        await Promise.all([whole.write(pixels), preview?.write(pixels)]);
    }
    const png = await whole.finish();
    const shown = preview ? await preview.finish() : png;
    return {width: width * scale, height: height * scale, png, shown, isHalf: preview !== null};
}

// Runners of this file for such tiles; answers where they run: a graphics card that fails is replaced.
async function ready(entry, tile, accelerator, onLoaded) {
    if (running?.file !== entry.file || running.asked !== accelerator) {
        stop();
        running = {file: entry.file, asked: accelerator, accelerator};
    }
    const fit = async () => {
        runners ??= await Runners.start(entry, running.accelerator, onLoaded);
        await runners.fit(tile);
    };
    try {
        await fit();
    } catch (error) {
        if (running.accelerator !== "webgpu") throw error;
        [runners, running.accelerator] = [null, "wasm"];
        await fit();
    }
    return running.accelerator;
}

function stop() {
    runners?.stop();
    [runners, running] = [null, null];
}

// The small picture as it was decoded, upright and not moving.
async function small({width, height, rgba, profile}) {
    const writer = new PngWriter(width, height, 4, usableProfile(profile, false));
    await writer.write(rgba);
    return writer.finish();
}

async function run(data) {
    if (data.job !== current) return;
    try {
        await upscale(data);
    } catch (error) {
        if (data.job !== current) return;
        const isTold = error instanceof PictureError;
        const isMemory = error instanceof RangeError;
        if (!isTold) stop();
        const key = isTold ? error.key : isMemory ? "out_of_memory" : "engine";
        self.postMessage({job: data.job, kind: "failed", key, values: isTold ? error.values : {detail: error.message}});
    }
}

// A newer job ends the one before it; only then does it begin.
let queue = Promise.resolve();

self.onmessage = ({data}) => {
    current = data.job;
    runners?.clear();
    if (data.kind === "upscale") queue = queue.then(() => run(data));
};
