// Runs one network on tiles with LiteRT.js. A classic worker: LiteRT.js loads its wasm with importScripts,
// which module workers do not have.

"use strict";

let litert = null;
let enlargedCore = null;
let network = null; // {content, entry, accelerator}
let model = null; // the network compiled for tiles of one size
let tile = null; // that size: {height_px, width_px, overlap_px}

const commands = {
    // address: of the page. wasm: the compiled module, shared by all workers. content: a .tflite file.
    async load({address, loader, wasm, content, entry, accelerator}) {
        network = {content, entry, accelerator};
        if (accelerator !== "webgpu") hideWebGPU();
        // Read by the loader: its own way would fetch and compile the wasm once in each worker.
        self.Module = {
            instantiateWasm(imports, done) {
                WebAssembly.instantiate(wasm, imports).then((instance) => done(instance, wasm));
                return {};
            },
            printErr() {},
        };
        ({enlargedCore} = await import(`${address}pixels/tiling.js`));
        litert = await import(`${address}litert/litert.js`);
        await litert.loadLiteRt(`${address}litert/${loader}`);
        return {};
    },

    // Makes it a network for tiles of another size.
    async fit({tile: newTile}) {
        model?.delete();
        [model, tile] = [null, newTile];
        const content = resized(network.content, network.entry.sizes, tile);
        const onGPU = network.accelerator === "webgpu";
        model = onGPU ? await checkedOnGPU(content) : await litert.loadAndCompile(content, {accelerator: "wasm"});
        return {};
    },

    // pixels: of a tile, uint8 RGB. Answers its enlarged core, uint8 RGB.
    async run({pixels}) {
        return {core: await answer(model, pixels)};
    },
};

// A .tflite whose heights and widths are those of a tile. sizes: [offset, factor] of each height in the file,
// an int32 times the factor, which its width follows.
function resized(content, sizes, {height_px, width_px}) {
    const copy = content.slice();
    const view = new DataView(copy.buffer);
    for (const [offset, factor] of sizes) {
        view.setInt32(offset, height_px * factor, true);
        view.setInt32(offset + 4, width_px * factor, true);
    }
    return copy;
}

// LiteRT.js asks for a graphics device even when none is used.
function hideWebGPU() {
    Object.defineProperty(self.navigator, "gpu", {value: undefined, configurable: true});
}

// Drivers that answer wrongly without an error exist, so the first answer is held to the processor's.
async function checkedOnGPU(content) {
    const onGPU = await litert.loadAndCompile(content, {accelerator: "webgpu", gpuOptions: {precision: "fp32"}});
    if (!onGPU.isFullyAccelerated) throw new Error("the graphics card cannot run this network");
    const onCPU = await litert.loadAndCompile(content, {accelerator: "wasm"});
    const pixels = Uint8Array.from({length: tile.height_px * tile.width_px * 3}, (_, i) => (i * 2654435761) >>> 24);
    const expected = await answer(onCPU, pixels);
    onCPU.delete();
    const worst = (await answer(onGPU, pixels)).reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i])), 0);
    if (worst > 1) throw new Error(`the graphics card answers ${worst} levels off`);
    return onGPU;
}

async function answer(compiled, pixels) {
    const {type, scale} = network.entry;
    const values = type === "float32" ? Float32Array.from(pixels, (value) => value / 255) : pixels;
    const input = new litert.Tensor(values, [1, tile.height_px, tile.width_px, 3]);
    try {
        const [output] = await compiled.run(input);
        try {
            return enlargedCore(await output.data(), tile, scale);
        } finally {
            output.delete();
        }
    } finally {
        input.delete();
    }
}

self.onmessage = async ({data}) => {
    try {
        const result = await commands[data.command](data);
        self.postMessage({id: data.id, ...result}, result.core ? [result.core.buffer] : []);
    } catch (error) {
        self.postMessage({id: data.id, error: String(error?.message ?? error)});
    }
};
