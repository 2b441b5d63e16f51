// Keeps the page and the network it recommends, so that they work without a connection. The next two lines are
// filled in when the page is assembled; a change of any file changes the version, and with it this file.
const VERSION = "development";
const FILES = [];

// Other pages of the same host have caches too.
const PREFIX = `waifu4x ${self.registration.scope} `;
const NAME = PREFIX + VERSION;

self.addEventListener("install", (event) => {
    const requests = FILES.map((file) => new Request(file, {cache: "no-cache"}));
    event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(requests)));
});

// A new version takes over when its user asks for it, or when the last page of the old one is closed.
self.addEventListener("message", ({data}) => data === "take over" && self.skipWaiting());

self.addEventListener("activate", (event) => {
    event.waitUntil(
        caches
            .keys()
            .then((names) => names.filter((name) => name.startsWith(PREFIX) && name !== NAME))
            .then((names) => Promise.all(names.map((name) => caches.delete(name))))
            .then(() => self.clients.claim()),
    );
});

// The page asks for nothing but its own files, and a request for anything else is refused.
self.addEventListener("fetch", (event) => {
    const {request} = event;
    if (new URL(request.url).origin !== self.location.origin) {
        event.respondWith(Response.error());
        return;
    }
    event.respondWith(
        caches
            .open(NAME)
            .then((cache) => cache.match(request, {ignoreSearch: true, ignoreVary: true}))
            .then((kept) => kept ?? fetch(request)),
    );
});
