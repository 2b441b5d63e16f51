// The quality that a JPEG was saved with, from its quantisation table.

// ITU-T T.81, table K.1: the luma steps that libjpeg scales by its quality, row by row.
const STANDARD = [
    [16, 11, 10, 16, 24, 40, 51, 61], [12, 12, 14, 19, 26, 58, 60, 55],
    [14, 13, 16, 24, 40, 57, 69, 56], [14, 17, 22, 29, 51, 87, 80, 62],
    [18, 22, 37, 56, 68, 109, 103, 77], [24, 35, 55, 64, 81, 104, 113, 92],
    [49, 64, 78, 87, 103, 121, 120, 101], [72, 92, 95, 98, 112, 100, 103, 99],
].flat();
// The place of each coefficient of a file, row by row (T.81, figure A.6): along the diagonals, to and fro.
const ZIGZAG = Array.from({length: 64}, (_, index) => ({row: index >> 3, column: index % 8}))
    .sort((one, other) => {
        const [first, second] = [one, other].map(({row, column}) => row + column);
        return first - second || (first % 2 ? one.row - other.row : other.row - one.row);
    })
    .map(({row, column}) => 8 * row + column);

// The tables of one DQT segment by their number: their 64 steps in the order of the file (T.81, B.2.4.1).
export function tablesOf(data) {
    const tables = {};
    for (let offset = 0; offset < data.length; ) {
        const bytes = data.number(offset, 1) >> 4 ? 2 : 1;
        const start = offset + 1;
        tables[data.number(offset, 1) & 15] = ZIGZAG.map((_, index) => data.number(start + index * bytes, bytes));
        offset = start + 64 * bytes;
    }
    return tables;
}

// 1 to 100, as libjpeg counts it: whose table is nearest in the logarithms of its steps.
export function qualityOf(steps) {
    let [best, least] = [100, Infinity];
    for (let quality = 1; quality <= 100; quality++) {
        const percent = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
        const distance = steps.reduce((sum, step, index) => {
            const standard = Math.floor((STANDARD[ZIGZAG[index]] * percent + 50) / 100);
            return sum + Math.abs(Math.log(Math.max(step, 1) / Math.min(Math.max(standard, 1), 255)));
        }, 0);
        if (distance < least) [best, least] = [quality, distance];
    }
    return best;
}
