// Which networks the page offers, and where each of them runs.

const PRECISIONS = ["int8", "float16", "float32"];

// The description of the networks, from models/model.json.
export async function loadNetworks() {
    const response = await fetch(new URL("models/model.json", import.meta.url));
    return response.json();
}

// "none", "software" (a graphics card imitated by the processor, slower than wasm) or "card".
export async function findGraphics() {
    try {
        const adapter = await navigator.gpu?.requestAdapter();
        if (!adapter) return "none";
        return adapter.info?.isFallbackAdapter || adapter.isFallbackAdapter ? "software" : "card";
    } catch {
        return "none";
    }
}

// Choices, the best first: {precision, accelerator, entry, denoise}, the last two as model.json describes the
// file of the network and of its denoise variant, which may be missing.
export function choices({files, denoise, recommended}, graphics) {
    const present = PRECISIONS.filter((precision) => files.some((file) => file.precision === precision));
    // Whole-number networks gain nothing from a graphics card.
    const onCard = ["float32", "float16"].filter((precision) => present.includes(precision));
    const onProcessor = [...present].sort((one, other) => (other === recommended) - (one === recommended));
    const offered = {
        webgpu: graphics === "none" ? [] : onCard,
        wasm: onProcessor,
    };
    const order = graphics === "card" ? ["webgpu", "wasm"] : ["wasm", "webgpu"];
    return order.flatMap((accelerator) =>
        offered[accelerator].map((precision) => ({
            precision,
            accelerator,
            entry: files.find((file) => file.precision === precision),
            denoise: denoise?.find((file) => file.precision === precision),
        })),
    );
}
