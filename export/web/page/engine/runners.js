// Several workers that run the same network, each on one tile at a time.

import {startWorker} from "./start_worker.js";

const LITERT = new URL("../litert/", import.meta.url).href;
const MODELS = new URL("../models/", import.meta.url).href;
// Half of the cores, at most four: the page stays quick, and each takes up to 100 MB with the largest tiles.
export const MOST_RUNNERS = Math.min(4, Math.max(1, Math.floor((navigator.hardwareConcurrency ?? 2) / 2)));

let compiledWasm = null;

export class Runners {
    // entry: of a file in model.json. accelerator: "wasm" or "webgpu".
    static async start(entry, accelerator, count) {
        const runners = new Runners();
        const [wasm, content] = await Promise.all([wasmModule(), fetched(MODELS + entry.file)]);
        const message = {command: "load", address: LITERT, ...(await runtime()), wasm, content, entry, accelerator};
        try {
            runners.members = Array.from({length: count}, () => new Runner());
            await Promise.all(runners.members.map((member) => member.ask(message)));
        } catch (error) {
            runners.stop();
            throw error;
        }
        runners.idle = [...runners.members];
        return runners;
    }

    members = [];
    idle = [];
    waiting = [];

    get count() {
        return this.members.length;
    }

    // Promises the enlarged core, uint8 RGB. makeTile is called when a runner is free.
    run(makeTile) {
        return new Promise((resolve, reject) => {
            this.waiting.push({makeTile, resolve, reject});
            this.next();
        });
    }

    // Gives up what has not begun.
    clear() {
        for (const {reject} of this.waiting.splice(0)) reject(new Error("stopped"));
    }

    stop() {
        this.clear();
        for (const member of this.members) member.worker.terminate();
    }

    async next() {
        if (!this.idle.length || !this.waiting.length) return;
        const member = this.idle.pop();
        const {makeTile, resolve, reject} = this.waiting.shift();
        try {
            const tile = makeTile();
            resolve((await member.ask({command: "run", tile}, [tile.buffer])).core);
        } catch (error) {
            reject(error);
        }
        this.idle.push(member);
        this.next();
    }
}

class Runner {
    asked = new Map();
    count = 0;

    constructor() {
        this.worker = startWorker(new URL("network.js", import.meta.url).href, "classic");
        this.worker.onmessage = ({data}) => this.answer(data.id, data);
        this.worker.onerror = (event) => {
            event.preventDefault();
            for (const id of this.asked.keys()) this.answer(id, {error: event.message || "a worker failed"});
        };
    }

    ask(message, transfer = []) {
        const id = this.count++;
        return new Promise((resolve, reject) => {
            this.asked.set(id, {resolve, reject});
            this.worker.postMessage({id, ...message}, transfer);
        });
    }

    answer(id, data) {
        const {resolve, reject} = this.asked.get(id);
        this.asked.delete(id);
        if (data.error === undefined) resolve(data);
        else reject(new Error(data.error));
    }
}

async function fetched(address) {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${response.status} ${address}`);
    return new Uint8Array(await response.arrayBuffer());
}

// Names of the loader and its wasm, as they were put beside each other when the page was assembled.
async function runtime() {
    return (await fetch(`${LITERT}runtime.json`)).json();
}

async function wasmModule() {
    compiledWasm ??= await WebAssembly.compile(await fetched(LITERT + (await runtime()).wasm));
    return compiledWasm;
}
