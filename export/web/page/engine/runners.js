// Several workers that run the same network, each on one tile at a time.

import {fetched, unpacked} from "./fetching.js";
import {startWorker} from "./start_worker.js";

const PAGE = new URL("../", import.meta.url).href;
// Half of the cores, but two where there are two, and at most four: each takes up to 100 MB.
const CORES = navigator.hardwareConcurrency ?? 2;
export const MOST_RUNNERS = Math.min(4, CORES, Math.max(2, Math.floor(CORES / 2)));

let compiledWasm = null;

export class Runners {
    // entry: of a file in model.json. accelerator: "wasm" or "webgpu". onLoaded(share): what has been fetched
    // of all that is needed, 0 to 1.
    static async start(entry, accelerator, onLoaded) {
        const {loader, wasm: packed, bytes} = await runtime();
        const total = entry.bytes + (compiledWasm ? 0 : bytes);
        let had = 0;
        const onBytes = (count) => onLoaded(Math.min(1, (had += count) / total));
        const [wasm, content] = await Promise.all([
            compiledWasm ?? compiled(packed, onBytes),
            fetched(`${PAGE}models/${entry.file}`, onBytes),
        ]);
        compiledWasm = wasm;
        const runners = new Runners();
        const message = {command: "load", address: PAGE, loader, wasm, content, entry, accelerator};
        runners.members = Array.from({length: accelerator === "webgpu" ? 1 : MOST_RUNNERS}, () => new Runner());
        await runners.ask(message);
        runners.idle = [...runners.members];
        return runners;
    }

    members = [];
    idle = [];
    waiting = [];
    tile = null;

    get count() {
        return this.members.length;
    }

    // Makes the network one for such tiles.
    async fit(tile) {
        if (JSON.stringify(tile) === JSON.stringify(this.tile)) return;
        await this.ask({command: "fit", tile});
        this.tile = tile;
    }

    async ask(message) {
        try {
            await Promise.all(this.members.map((member) => member.ask(message)));
        } catch (error) {
            this.stop();
            throw error;
        }
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
            const pixels = makeTile();
            resolve((await member.ask({command: "run", pixels}, [pixels.buffer])).core);
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

// Names of the loader and its wasm, as they were put beside each other when the page was assembled.
async function runtime() {
    return (await fetch(`${PAGE}litert/runtime.json`)).json();
}

async function compiled(packed, onBytes) {
    return WebAssembly.compile(await unpacked(await fetched(`${PAGE}litert/${packed}`, onBytes)));
}
