// A worker loaded from an address has no Content-Security-Policy but its server's; one made from a blob takes
// over the page's. So the policy that keeps pictures on the device holds where the pictures are.

export function startWorker(address, type) {
    const line = type === "module" ? `import ${JSON.stringify(address)};` : `importScripts(${JSON.stringify(address)});`;
    const blob = URL.createObjectURL(new Blob([line], {type: "text/javascript"}));
    return new Worker(blob, {type});
}
