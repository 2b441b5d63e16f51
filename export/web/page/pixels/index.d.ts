/** The input or output of a file, as model.json describes it. */
export interface TensorDescription {
    name: string;
    type: "uint8" | "int8" | "float32";
    range: [number, number];
    shape: (number | null)[];
}

/** A file as model.json describes it; it may say more. */
export interface FileDescription {
    file: string;
    input: TensorDescription;
    output: TensorDescription;
    scale: number;
    receptive_radius: number;
    padding: "inside" | "caller";
    tile: {side_px: number | null; overlap_px: number; core_px: number | null};
}

/** Pixels of 8 bits, red, green, blue and alpha, as ImageData has them. */
export interface Picture {
    width: number;
    height: number;
    rgba: Uint8Array | Uint8ClampedArray;
}

/** channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. pixels: null where onRows took them. */
export interface Result {
    width: number;
    height: number;
    channels: 1 | 2 | 3 | 4;
    pixels: Uint8Array | null;
}

/**
 * Runs the network on one tile, (1, side, side, 3): bytes for a uint8 file, numbers from 0 to 1 for a float32 one.
 * Promises its whole output of the same type, (1, side * scale, side * scale, 3).
 */
export type Run = (tile: Uint8Array | Float32Array) => Promise<Uint8Array | Float32Array>;

export interface Options {
    /** Takes the result, a band of whole rows after the other, from the top to the bottom. */
    onRows?: (firstRow: number, rows: number, pixels: Uint8Array) => void | Promise<void>;
    /** Called with tiles that are done and that there are. */
    onProgress?: (done: number, total: number) => void;
    /** Ends the run before its next tile; upscale then rejects with the signal's reason. */
    signal?: AbortSignal;
}

/** What a parsed model.json says of a file for tiles. Throws where it does not, or is of another schema version. */
export function fileOf(document: unknown, name: string): FileDescription;

/** A picture as often larger as the file's scale says: load_upscaler(FILE, raw=True) of Python, byte for byte. */
export function upscale(picture: Picture, entry: FileDescription, run: Run, options?: Options): Promise<Result>;
