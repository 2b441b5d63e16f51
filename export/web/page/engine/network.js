// Runs one network on tiles with LiteRT.js. A classic worker: LiteRT.js loads its wasm with importScripts,
// which module workers do not have.

"use strict";

let litert = null;
let model = null;
let entry = null;

const commands = {
    // address: of the folder litert/. wasm: the compiled module, shared by all workers. content: a .tflite file.
    async load({address, loader, wasm, content, entry: newEntry, accelerator}) {
        entry = newEntry;
        if (accelerator !== "webgpu") hideWebGPU();
        // Read by the loader: its own way would fetch and compile the wasm once in each worker.
        self.Module = {
            instantiateWasm(imports, done) {
                WebAssembly.instantiate(wasm, imports).then((instance) => done(instance, wasm));
                return {};
            },
            printErr() {},
        };
        litert = await import(`${address}litert.js`);
        await litert.loadLiteRt(`${address}${loader}`);
        if (accelerator === "webgpu") {
            model = await checkedOnGPU(content);
        } else {
            model = await litert.loadAndCompile(content, {accelerator: "wasm"});
        }
        return {};
    },

    // tile: uint8 RGB (edge, edge, 3). Answers the enlarged core, uint8 RGB.
    async run({tile}) {
        return {core: core(await answer(model, tile))};
    },
};

// LiteRT.js asks for a graphics device even when none is used.
function hideWebGPU() {
    Object.defineProperty(self.navigator, "gpu", {value: undefined, configurable: true});
}

// Drivers that answer wrongly without an error exist, so the first answer is held to the processor's.
async function checkedOnGPU(content) {
    const onGPU = await litert.loadAndCompile(content, {accelerator: "webgpu", gpuOptions: {precision: "fp32"}});
    if (!onGPU.isFullyAccelerated) throw new Error("the graphics card cannot run this network");
    const onCPU = await litert.loadAndCompile(content, {accelerator: "wasm"});
    const tile = Uint8Array.from({length: entry.tile.side_px ** 2 * 3}, (_, i) => (i * 2654435761) >>> 24);
    const expected = core(await answer(onCPU, tile));
    onCPU.delete();
    const worst = core(await answer(onGPU, tile)).reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
    if (worst > 1) throw new Error(`the graphics card answers ${worst} levels off`);
    return onGPU;
}

// The whole enlarged tile, as the network gives it.
async function answer(network, tile) {
    const isFloat = entry.input.type === "float32";
    const values = isFloat ? Float32Array.from(tile, (value) => value / 255) : tile;
    const input = new litert.Tensor(values, entry.input.shape);
    try {
        const [output] = await network.run(input);
        try {
            return await output.data();
        } finally {
            output.delete();
        }
    } finally {
        input.delete();
    }
}

// Without the context; floats in [0, 1] are rounded to the nearest level, as NumPy rounds.
function core(large) {
    const {side_px: edge, overlap_px: overlap, core_px: size} = entry.tile;
    const [from, rowLength, length] = [overlap * entry.scale, edge * entry.scale, size * entry.scale];
    const isFloat = large instanceof Float32Array;
    const result = new Uint8Array(length * length * 3);
    for (let row = 0; row < length; row++) {
        const start = ((from + row) * rowLength + from) * 3;
        const line = large.subarray(start, start + length * 3);
        result.set(isFloat ? line.map(level) : line, row * length * 3);
    }
    return result;
}

function level(value) {
    if (!Number.isFinite(value)) throw new Error("the network answered something that is no number");
    const exact = Math.fround(Math.min(Math.max(value, 0), 1) * 255);
    const floor = Math.floor(exact);
    const isUp = exact - floor > 0.5 || (exact - floor === 0.5 && floor % 2 === 1);
    return isUp ? floor + 1 : floor;
}

self.onmessage = async ({data}) => {
    try {
        const result = await commands[data.command](data);
        self.postMessage({id: data.id, ...result}, result.core ? [result.core.buffer] : []);
    } catch (error) {
        self.postMessage({id: data.id, error: String(error?.message ?? error)});
    }
};
