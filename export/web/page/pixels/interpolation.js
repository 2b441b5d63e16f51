// Bicubic interpolation with Pillow's arithmetic, for pictures too thin for a network.

// Pillow's: 32 bits less 8 of a pixel, less 2 for what bicubic interpolation overshoots.
const SHARE_BITS = 22;
const REACH = 2;
// Surroundings of so many pixels are nobody's concern, as in waifu4x_tf/inference/tiling.py.
const UNCOUNTED_PIXELS = 2 ** 17;

// Whether a network would spend most of its work on copies of a long picture's few pixels.
export function isTooThin(width, height, overlap) {
    const withSurroundings = (width + 2 * overlap) * (height + 2 * overlap);
    return withSurroundings > 2 * width * height + Math.max(UNCOUNTED_PIXELS, 8 * overlap ** 2);
}

// For each large pixel of one side its first small one and the shares of those from there on.
export function tapsOf(count, scale) {
    return Array.from({length: count * scale}, (_, position) => {
        const centre = (position + 0.5) / scale;
        const first = Math.max(0, Math.trunc(centre - REACH + 0.5));
        const end = Math.min(count, Math.trunc(centre + REACH + 0.5));
        const exact = Array.from({length: end - first}, (_, index) => cubic(index + first - centre + 0.5));
        const sum = exact.reduce((before, share) => before + share, 0);
        return {first, end, shares: exact.map((share) => rounded((share / sum) * 2 ** SHARE_BITS))};
    });
}

// One large pixel, held to 0 to 255; read(index) gives the small ones.
export function interpolated({first, shares}, read) {
    let sum = 2 ** (SHARE_BITS - 1);
    for (let index = 0; index < shares.length; index++) sum += read(first + index) * shares[index];
    return Math.min(Math.max(sum >> SHARE_BITS, 0), 255);
}

const rounded = (share) => Math.trunc(share < 0 ? share - 0.5 : share + 0.5);

// Keys' cubic convolution with a = -0.5.
function cubic(x) {
    const [a, t] = [-0.5, Math.abs(x)];
    if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
    return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}
