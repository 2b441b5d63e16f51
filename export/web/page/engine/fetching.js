// Files of the page fetched with a count of the bytes that have come.

// onBytes(count) is called with each part that comes.
export async function fetched(address, onBytes = () => {}) {
    const response = await fetch(address);
    if (!response.ok) throw new Error(`${response.status} ${address}`);
    const counting = new TransformStream({
        transform(part, controller) {
            onBytes(part.length);
            controller.enqueue(part);
        },
    });
    return new Uint8Array(await new Response(response.body.pipeThrough(counting)).arrayBuffer());
}

// What a .gz file holds. Some servers call it gzip-encoded, and then the browser has unpacked it already.
export async function unpacked(content) {
    if (content[0] !== 0x1f || content[1] !== 0x8b) return content;
    const stream = new Blob([content]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
}
