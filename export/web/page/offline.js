// The service worker: it keeps the page for the time without a connection, and its newer version is offered.

// Whether an earlier visit has registered it.
export async function isKept() {
    try {
        return Boolean(await navigator.serviceWorker?.getRegistration());
    } catch {
        return false; // switched off
    }
}

// Resolves when everything is kept. onNewer(use): a newer version waits, which use() changes to.
// mayReload(): whether nothing would be lost when another tab changed to it.
export async function keepOffline({onNewer, mayReload}) {
    const {serviceWorker} = navigator;
    const registration = await serviceWorker.register("service-worker.js");
    let isAsked = false;
    let isControlled = Boolean(serviceWorker.controller);
    serviceWorker.addEventListener("controllerchange", () => {
        if (isControlled && (isAsked || mayReload())) location.reload();
        isControlled = true; // the first of all takes over from none
    });
    const use = () => {
        isAsked = true;
        registration.waiting.postMessage("take over");
    };
    const offer = () => registration.waiting && onNewer(use);
    // The visit itself may have found it before.
    const watch = () => registration.installing?.addEventListener("statechange", offer);
    registration.addEventListener("updatefound", watch);
    watch();
    offer();
    await serviceWorker.ready;
}
